import { describe, expect, test } from '@jest/globals'
import { isContradicted, type LastSeen } from '../../../functions/core/recovery/same-topic.ts'

const seen: LastSeen = { at: 1000, log: { start: 10n, end: 100n }, isDeleted: false }

describe('whether the log of a topic without an id shows that it was recreated since offset 60 was seen', () => {
  test.each<[string, Parameters<typeof isContradicted>, boolean]>([
    ['nothing has changed', [60n, seen, { start: 10n, end: 100n }, 100n], false],
    ['records were written and deleted since', [60n, seen, { start: 50n, end: 150n }, 100n], false],
    ['all records that were read are deleted', [60n, seen, { start: 100n, end: 150n }, 100n], false],
    [
      'only the last records before offset 60 were written by a clock that is ahead',
      [60n, seen, { start: 10n, end: 100n }, 58n],
      false,
    ],
    ['the log starts lower', [60n, seen, { start: 0n, end: 150n }, 150n], true],
    ['the log ends lower', [60n, seen, { start: 10n, end: 99n }, 99n], true],
    ['all records were written since', [60n, seen, { start: 10n, end: 150n }, 10n], true],
    [
      'the deletion of the topic was seen',
      [60n, { ...seen, isDeleted: true }, { start: 10n, end: 100n }, 100n],
      true,
    ],
    [
      'the log was not known then, and no record is old',
      [60n, { ...seen, log: null }, { start: 0n, end: 150n }, 0n],
      true,
    ],
    [
      'the log was not known then, and some records are old',
      [60n, { ...seen, log: null }, { start: 0n, end: 150n }, 80n],
      false,
    ],
    ['the log is not known now', [60n, seen, null, null], false],
    ['the log is empty', [60n, seen, { start: 100n, end: 100n }, 100n], false],
  ])('%s', (_, evidence, expected) => expect(isContradicted(...evidence)).toBe(expected))
})
