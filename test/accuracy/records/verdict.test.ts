import { expect, test } from '@jest/globals'
import { unreadOf } from '../../builders/commits.ts'
import type { RecordsRow } from './rows.ts'
import { judgeRecords, type RecordsReading, type RecordsTruth } from './verdict.ts'

const s = (seconds: number) => seconds * 1000
const row: RecordsRow = { name: 'orders', title: 'orders', play: async () => {} }

/** A snapshot that took a second. */
function reading(
  at: number,
  [earliest, latest]: readonly [number | null, number | null],
  more: Partial<RecordsReading> = {},
): RecordsReading {
  const unread = unreadOf(0, { atMost: 20n, retention: s(20), earliest, latest })
  return { startedAt: s(at), finishedAt: s(at + 1), unread, isAlarm: true, lost: null, ...more }
}

const right = [s(20), s(26)] as const
const after = [reading(30, [s(40), s(46)]), reading(32, [s(40), s(46)], { lost: 5n })]
const truth: RecordsTruth = { went: { after: s(24), by: s(25) }, missing: 5n }

test.each<[string, RecordsRow, RecordsTruth, RecordsReading[], string[]]>([
  ['all bars hold', row, truth, [reading(15, right), ...after], []],
  ['no snapshot', row, truth, [], ['no snapshot has the offset']],
  [
    'no deletion',
    row,
    { ...truth, went: undefined },
    [reading(15, right)],
    ['Kafka deleted no record, so the row proves nothing'],
  ],
  [
    'a deletion before `earliest`',
    row,
    truth,
    [reading(15, [s(26), s(27)]), ...after],
    ['deleted 1.0 s before `earliest`'],
  ],
  [
    'a deletion after `latest`',
    row,
    truth,
    [reading(15, [s(19), s(20)]), ...after],
    ['still there 4.0 s after `latest`'],
  ],
  ['a deletion that a busy broker delays', row, truth, [reading(15, [s(19), s(22)]), ...after], []],
  [
    'no alarm before the deletion',
    row,
    truth,
    [reading(15, right, { isAlarm: false }), ...after],
    ['deleted, but no snapshot had shown the records within the first level'],
  ],
  [
    'an alarm that comes too late',
    row,
    truth,
    [reading(24, right), ...after],
    ['deleted, but no snapshot had shown the records within the first level'],
  ],
  [
    'an alarm without `latest`',
    row,
    truth,
    [reading(15, [s(20), null]), ...after],
    ['a snapshot within the first level has no `latest`'],
  ],
  [
    'a topic with cleanup.policy=compact,delete',
    { ...row, isOpenEnded: true },
    truth,
    [reading(15, [s(20), null]), ...after],
    [],
  ],
  [
    'a wrong number of lost records',
    row,
    { ...truth, missing: 6n },
    [reading(15, right), ...after],
    ['6 records are lost, but the last snapshot reports 5'],
  ],
  [
    'too few snapshots after the deletion',
    row,
    truth,
    [reading(15, right)],
    ['too few snapshots after the deletion'],
  ],
  [
    'alarms in a row that must be silent',
    { ...row, isSilent: true },
    { ...truth, went: undefined },
    after,
    ['snapshots that show the records within the first level: 2', 'snapshots that report lost records: 1'],
  ],
])('%s', (_, of, what, readings, faults) => {
  expect(judgeRecords(of, what, readings)).toEqual(faults)
})
