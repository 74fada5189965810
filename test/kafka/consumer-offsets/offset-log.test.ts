import { describe, expect, test } from '@jest/globals'
import { groupPartition } from '../../../functions/core/group-partition.ts'
import { OffsetLog } from '../../../functions/kafka/consumer-offsets/offset-log.ts'
import { RangeReader } from '../../../functions/kafka/consumer-offsets/range-reader.ts'
import { batch, type RecordToWrite, writtenAt } from './batches.ts'
import { logOf, offset, recordsOf } from './logs.ts'
import { commit, group, marker, tombstone, transactional } from './records.ts'

describe('the state of an offset', () => {
  const at = (value: number) => commit({ offset: value, committedAt: writtenAt + value })
  const logged = (value: number) => expect.objectContaining({ offset: BigInt(value), at: writtenAt + value })

  test.each<[string, RecordToWrite[], object]>([
    [
      'two commits: the last one counts',
      [at(1), at(2)],
      { last: logged(2), before: null, tombstoneAt: null, logOffset: 1 },
    ],
    [
      'deleted',
      [at(1), tombstone()],
      { last: null, before: logged(1), tombstoneAt: writtenAt, logOffset: 1 },
    ],
    ['deleted twice', [at(1), tombstone(), tombstone()], { last: null, before: logged(1), logOffset: 2 }],
    [
      'deleted, without an earlier commit',
      [tombstone()],
      { last: null, before: null, tombstoneAt: writtenAt },
    ],
    [
      'reset',
      [at(1), at(2), tombstone(), at(3), at(4)],
      { last: logged(4), before: logged(2), tombstoneAt: writtenAt, logOffset: 4 },
    ],
    [
      'reset twice',
      [at(1), tombstone(), at(2), at(3), tombstone(), at(4)],
      { last: logged(4), before: logged(3) },
    ],
    ['reset and lost again', [at(1), tombstone(), at(2), tombstone()], { last: null, before: logged(2) }],
    [
      'replaced by a negative offset',
      [at(50), at(-1)],
      { last: null, before: logged(50), tombstoneAt: writtenAt - 1, negative: true, logOffset: 1 },
    ],
    [
      'replaced by two negative offsets',
      [at(50), at(-2), at(-1001)],
      { last: null, before: logged(50), tombstoneAt: writtenAt - 2, negative: true, logOffset: 2 },
    ],
    [
      'replaced by a negative offset that then expires',
      [at(50), at(-2), tombstone()],
      { last: null, before: logged(50), tombstoneAt: writtenAt - 2, negative: true },
    ],
    [
      'deleted, then committed as negative',
      [at(50), tombstone(), at(-2)],
      { last: null, before: logged(50), tombstoneAt: writtenAt, negative: false },
    ],
    [
      'replaced by a negative offset, then committed again',
      [at(50), at(-2), at(51)],
      { last: logged(51), before: logged(50), tombstoneAt: writtenAt - 2, negative: true },
    ],
    [
      'replaced by a negative offset, committed again, then deleted',
      [at(50), at(-2), at(51), tombstone()],
      { last: null, before: logged(51), tombstoneAt: writtenAt, negative: false },
    ],
  ])('%s', (_, records, expected) => expect(offset(recordsOf(...records).log)).toMatchObject(expected))

  test('is separate for each partition, topic and group', () => {
    const { log } = recordsOf(
      at(1),
      commit({ partition: 1, offset: 2 }),
      commit({ topic: 'u', offset: 3 }),
      commit({ group: 'h', offset: 4 }),
      tombstone({ partition: 1 }),
    )
    const last = (name: string) =>
      new Map([...(log.group(name)?.commits ?? [])].map(([key, { last }]) => [key, last?.offset]))
    expect(last('g')).toEqual(
      new Map([
        ['0 t', 1n],
        ['1 t', undefined],
        ['0 u', 3n],
      ]),
    )
    expect(last('h')).toEqual(new Map([['0 t', 4n]]))
    expect(log.group('i')).toBeUndefined()
    expect(log.size).toBe(4)
  })

  test('ignores records in a partition where their group does not belong', () => {
    const log = new OffsetLog(50)
    const pass = new RangeReader(log, 11, { from: 0, until: 10, end: 10 })
    pass.read(batch({ records: [commit({ group: 'my-group' }), group({ group: 'my-group' })] }), 10)
    expect(log.group('my-group')?.record).toBeNull()
    expect(offset(log, 'my-group')).toMatchObject({ last: null, tombstoneAt: null })
  })
})

describe('transactional commits', () => {
  const at = (value: number) => commit({ offset: value })
  const plain = (base: number, record: RecordToWrite) => batch({ records: [record], baseOffset: base })

  test.each<[string, Buffer[], bigint | undefined]>([
    ['committed', [transactional(7, 0, at(1)), marker('commit', 7, 1)], 1n],
    ['aborted', [transactional(7, 0, at(1)), marker('abort', 7, 1)], undefined],
    ['pending', [transactional(7, 0, at(1))], undefined],
    [
      'in several batches',
      [transactional(7, 0, at(1)), transactional(7, 1, at(2)), marker('commit', 7, 2)],
      2n,
    ],
    ['with the marker of another producer', [transactional(7, 0, at(1)), marker('commit', 8, 1)], undefined],
    [
      'in two transactions, one after the other',
      [transactional(7, 0, at(1)), marker('abort', 7, 1), transactional(7, 2, at(3)), marker('commit', 7, 3)],
      3n,
    ],
    [
      'committed after a plain commit',
      [plain(0, at(1)), transactional(7, 1, at(2)), marker('commit', 7, 2)],
      2n,
    ],
    [
      'committed, but followed by a plain commit before the marker',
      [transactional(7, 0, at(1)), plain(1, at(2)), marker('commit', 7, 2)],
      2n,
    ],
    [
      'aborted, after a plain commit',
      [plain(0, at(1)), transactional(7, 1, at(2)), marker('abort', 7, 2)],
      1n,
    ],
    [
      'deleted while pending, then committed',
      [transactional(7, 0, at(1)), plain(1, tombstone()), marker('commit', 7, 2)],
      1n,
    ],
    [
      'committed, then deleted',
      [transactional(7, 0, at(1)), marker('commit', 7, 1), plain(2, tombstone())],
      undefined,
    ],
    [
      'committed, but followed by a negative offset before the marker',
      [transactional(7, 0, at(1)), plain(1, at(-2)), marker('commit', 7, 2)],
      undefined,
    ],
    ['a marker without a commit', [plain(0, at(1)), marker('commit', 7, 1)], 1n],
  ])('%s', (_, batches, last) => expect(offset(logOf(...batches).log)?.last?.offset).toBe(last))

  test('stop the cursor at the first open transaction', () => {
    const batches = [
      plain(0, at(1)),
      transactional(7, 1, at(2)),
      transactional(8, 2, at(3)),
      marker('commit', 8, 3),
      plain(4, at(4)),
    ]
    const { pass } = logOf(...batches)
    expect([pass.next, pass.settled]).toEqual([5, 1])
    pass.read(marker('abort', 7, 5), 1000)
    expect([pass.next, pass.settled]).toEqual([6, 6])
  })

  test('do not wait for a marker that may be in an unreadable batch', () => {
    const broken = batch({ records: [at(9)], baseOffset: 1 })
    broken.writeUInt8(1, 70)
    const { log, pass } = logOf(transactional(7, 0, at(1)), broken, plain(2, commit({ partition: 1 })))
    expect([pass.settled, pass.unreadableTo]).toEqual([3, 2])
    expect(offset(log, 'g', '1 t')).toMatchObject({ uncertain: false })
  })
})

describe('commits in a partition other than the hash of their group', () => {
  const home = groupPartition('g', 4)
  const away = (home + 1) % 4
  const foldedInto = (...folds: [partition: number, record: RecordToWrite][]) => {
    const log = new OffsetLog(4)
    for (const [i, [partition, record]] of folds.entries()) {
      const bytes = batch({ records: [record], baseOffset: i })
      new RangeReader(log, partition, { from: i, until: i + 1, end: i + 1 }).read(bytes, i + 1)
    }
    return log
  }

  test.each<[string, OffsetLog, bigint[]]>([
    ['none', foldedInto([home, commit({ offset: 1 })]), []],
    ['one', foldedInto([away, commit({ offset: 1 })]), [1n]],
    [
      'two: the last one counts',
      foldedInto([away, commit({ offset: 1 })], [away, commit({ offset: 2 })]),
      [2n],
    ],
    ['deleted', foldedInto([away, commit({ offset: 1 })], [away, tombstone()]), []],
  ])('%s', (_, log, expected) =>
    expect([...log.straysOf('g').values()].map(({ offset }) => offset)).toEqual(expected),
  )

  test('do not change the state of the group', () => {
    const log = foldedInto([home, commit({ offset: 1 })], [away, commit({ offset: 2 })], [away, tombstone()])
    expect(log.group('g')?.commits.get('0 t')).toMatchObject({ last: { offset: 1n }, tombstoneAt: null })
  })
})
