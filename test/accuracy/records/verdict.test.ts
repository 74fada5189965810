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
  ['no snapshot', row, truth, [], ['no snapshot saw it']],
  [
    'no deletion',
    row,
    { ...truth, went: undefined },
    [reading(15, right)],
    ['nothing went: the row shows nothing'],
  ],
  [
    'a deletion before `earliest`',
    row,
    truth,
    [reading(15, [s(26), s(27)]), ...after],
    ['went 1.0 s before `earliest`'],
  ],
  [
    'a deletion after `latest`',
    row,
    truth,
    [reading(15, [s(19), s(20)]), ...after],
    ['was there 4.0 s after `latest`'],
  ],
  ['a deletion that a busy broker delays', row, truth, [reading(15, [s(19), s(22)]), ...after], []],
  [
    'no alarm before the deletion',
    row,
    truth,
    [reading(15, right, { isAlarm: false }), ...after],
    ['went, and no snapshot had shown it'],
  ],
  [
    'an alarm that comes too late',
    row,
    truth,
    [reading(24, right), ...after],
    ['went, and no snapshot had shown it'],
  ],
  [
    'an alarm without `latest`',
    row,
    truth,
    [reading(15, [s(20), null]), ...after],
    ['an alarm has no `latest`'],
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
    ['6 are lost, and the last snapshot says 5'],
  ],
  [
    'too few snapshots after the deletion',
    row,
    truth,
    [reading(15, right)],
    ['too few snapshots after it went'],
  ],
  [
    'alarms in a row that must be silent',
    { ...row, isSilent: true },
    { ...truth, went: undefined },
    after,
    ['2 snapshots warn of it', '1 snapshots call records lost'],
  ],
])('%s', (_, of, what, readings, faults) => {
  expect(judgeRecords(of, what, readings)).toEqual(faults)
})
