import { expect, test } from '@jest/globals'
import { CommittedOffsets } from '../../../functions/core/columns/committed-offsets.ts'
import { groupPartition } from '../../../functions/core/group-partition.ts'
import { OffsetLog } from '../../../functions/kafka/consumer-offsets/offset-log.ts'
import { RangeReader } from '../../../functions/kafka/consumer-offsets/range-reader.ts'
import { placementOf } from '../../../functions/kafka/scan/placement.ts'
import { batch } from '../consumer-offsets/batches.ts'
import { commit } from '../consumer-offsets/records.ts'

type Place = (group: string) => number | number[]
const over = (partitions: number) => (group: string) => groupPartition(group, partitions)
const groups = Array.from({ length: 12 }, (_, i) => `group-${i}`)
const moving = groups.filter(group => over(4)(group) !== over(8)(group))

/**
 * The placement that a run finds if it expects groups in `placedOver` of 8 partitions, and each group's commit of
 * offset 42 stands at `place`.
 */
function placement(names: readonly string[], placedOver: number, place: Place) {
  const log = new OffsetLog(placedOver)
  const offsets = new CommittedOffsets()
  const read = new Map(names.map((name, i) => [name, { from: i, to: i + 1 }]))
  for (const [i, group] of names.entries()) {
    offsets.push(group, 't', 0, 42n, -1, '', false)
    for (const partition of [place(group)].flat()) {
      const bytes = batch({ records: [commit({ group })], baseOffset: i })
      new RangeReader(log, partition, { from: i, until: i + 1, end: i + 1 }).read(bytes, i + 1)
    }
  }
  const readingOf = () => ({ reachedEnd: true, caughtUp: true, unbroken: true })
  const reading = {
    mode: 'exact' as const,
    log,
    readingOf,
    cursors: [],
    remaining: 0,
    records: 0,
    bytes: 0,
    problems: [],
  }
  return placementOf(reading, { read, offsets }, placedOver, 8)
}

test.each<[string, readonly string[], number, Place, object]>([
  ['all groups in the expected partitions', groups, 8, over(8), { placedOver: 8, elsewhere: [] }],
  ['all groups as before the number was raised', groups, 4, over(4), { placedOver: 4, elsewhere: [] }],
  [
    'as before it was raised, in a first run',
    groups,
    8,
    over(4),
    { placedOver: 4, elsewhere: moving, isAfterRestart: false },
  ],
  [
    'as after it was raised and the brokers restarted',
    groups,
    4,
    over(8),
    { placedOver: 4, elsewhere: moving, isAfterRestart: true },
  ],
  [
    'while the brokers restart one after the other',
    groups,
    4,
    group => (group === moving[0] ? over(8)(group) : over(4)(group)),
    { placedOver: 4, elsewhere: moving.slice(0, 1), isAfterRestart: true },
  ],
  [
    'after a restart, with old records in the old partitions',
    groups,
    8,
    group => [over(4)(group), over(8)(group)],
    { placedOver: 8, elsewhere: [] },
  ],
  ['with another hash', groups, 8, group => (over(8)(group) + 1) % 8, { kind: 'unrelated' }],
  [
    'with another hash for some groups',
    groups,
    8,
    group => (over(8)(group) + (group.endsWith('1') ? 1 : 0)) % 8,
    { kind: 'unrelated' },
  ],
  ['with too few groups to tell the number', moving.slice(0, 2), 8, over(4), { kind: 'unrelated' }],
])('placement: %s', (_, names, placedOver, place, expected) => {
  const found = placement(names, placedOver, place)
  const words = found.kind === 'hash' ? { ...found, elsewhere: [...found.elsewhere] } : found
  expect(words).toMatchObject(expected)
})
