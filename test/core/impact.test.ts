import { expect, test } from '@jest/globals'
import { type Impact, impactOf } from '../../functions/core/impact.ts'

test.each<[name: string, offset: bigint, logStart: bigint | null, logEnd: bigint | null, impact: Impact]>([
  ['the log was not read', 5n, null, null, { kind: 'unknown' }],
  ['only one end of the log was read', 5n, 0n, null, { kind: 'unknown' }],
  ['the log is empty at the offset', 5n, 5n, 5n, { kind: 'none' }],
  ['the topic never had a record', 0n, 0n, 0n, { kind: 'none' }],
  [
    'all records are read: earliest repeats them all',
    30n,
    10n,
    30n,
    { kind: 'reset', reprocessed: 20n, skipped: 0n },
  ],
  [
    'no record is read: latest skips them all',
    10n,
    10n,
    30n,
    { kind: 'reset', reprocessed: 0n, skipped: 20n },
  ],
  ['some records are read', 25n, 10n, 30n, { kind: 'reset', reprocessed: 15n, skipped: 5n }],
  [
    'the offset is below the log start: its next records are gone',
    4n,
    10n,
    30n,
    { kind: 'below-log-start', missing: 6n, available: 20n },
  ],
  ['the offset is below an empty log', 4n, 10n, 10n, { kind: 'below-log-start', missing: 6n, available: 0n }],
  [
    'the offset is beyond the log end: it resets as after an expiry',
    31n,
    10n,
    30n,
    { kind: 'beyond-log-end', by: 1n },
  ],
  ['the offset is beyond an empty log', 6n, 5n, 5n, { kind: 'beyond-log-end', by: 1n }],
])('%s', (_, offset, logStart, logEnd, impact) => {
  expect(impactOf(offset, { logStart, logEnd })).toEqual(impact)
})
