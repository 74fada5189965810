import { describe, expect, test } from '@jest/globals'
import type { Commit } from '../../../functions/core/model/commit.ts'
import {
  aCommit,
  gone,
  guarded,
  now,
  owned,
  policy,
  reset,
  stopped,
  unknownAge,
} from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { Watcher } from './alerts.ts'

/** Time left of a commit that is made half an hour after the first watch. */
const far = 7 * DAY + 30 * MINUTE

const exactly = (time: number) => ({ earliest: time, latest: time })

/** The incidents after a watcher has seen these commits, an hour apart. */
function incidentsAfter(...steps: Commit[][]): string[] {
  const watcher = new Watcher()
  for (const [hour, commits] of steps.entries()) watcher.see(hour * HOUR, commits, { policy: owned })
  return watcher.incidents
}

/** The same commit, read an hour later. */
const in1h = (commit: Commit): Commit => ({ ...commit, seenAt: commit.seenAt + HOUR })

const movedBack = { reason: 'moved-back', lostBy: now } as const
const stepped = reset(0, guarded(far, { offset: 20n }), movedBack)
const longAgo = ({ previousCommit }: Commit) =>
  previousCommit && { ...previousCommit, lostBy: previousCommit.lostBy - 30 * DAY }
const stepBackAlerts = { policy: { ...policy, stepBackAlerts: ['a*'] } }

describe('a deadline', () => {
  test('opens one incident for a group, at the level of its worst partition', () => {
    const commits = [aCommit(2 * DAY), aCommit(DAY, { partition: 1 }), aCommit(far, { partition: 2 })]
    expect(incidentsAfter(commits)).toEqual(['deadline second'])
    expect(incidentsAfter(commits, commits, commits)).toEqual(['deadline second'])
  })

  test('opens a separate incident for each group', () => {
    expect(incidentsAfter([aCommit(DAY), aCommit(DAY, { group: 'b' })])).toEqual([
      'deadline second',
      'deadline second',
    ])
  })

  test('escalates as time passes, even without a new snapshot', () => {
    const watcher = new Watcher()
    const levels = [0, 1, 2.5, 3].map(days => {
      watcher.see(days * DAY, [aCommit(72 * HOUR)])
      return watcher.incidents.join()
    })
    expect(levels).toEqual(['deadline first', 'deadline first', 'deadline second', 'deadline last'])
  })

  test('keeps its level until it is resolved', () => {
    expect(incidentsAfter([aCommit(HOUR)], [aCommit(2 * DAY)])).toEqual(['deadline last'])
  })

  test.each([
    ['exactly at the first level', 72 * HOUR + HOUR, 'deadline first'],
    ['exactly a tenth beyond it', 79.2 * HOUR + HOUR, 'deadline first'],
    ['more than a tenth beyond it', 79.2 * HOUR + HOUR + 1, 'deadline first closed: out-of-danger'],
  ])(
    'is resolved once all partitions are more than a tenth beyond the first level: %s',
    (_, left, incident) => {
      expect(incidentsAfter([aCommit(DAY * 2.9)], [aCommit(left)])).toEqual([incident])
    },
  )

  test.each<[why: string, then: Commit[]]>([
    ['committed-again', [aCommit(far)]],
    ['guarded-again', [guarded(far)]],
    ['out-of-danger', [aCommit(4 * DAY)]],
    ['out-of-danger', [aCommit(4 * DAY, { committed: { earliest: now - 3 * DAY, latest: now + HOUR } })]],
    ['committed-again', [aCommit(far, { evidence: 'exact', committed: exactly(now + 1), valueSeenAt: 0 })]],
    ['same-offset-committed', [aCommit(-HOUR, { renewedAt: now + HOUR })]],
    ['lost', [in1h(gone(-HOUR))]],
    ['lost', [in1h(gone(-HOUR)), aCommit(far, { partition: 1 })]],
    ['lost', [reset(-HOUR, aCommit(far), { seenAt: now })]],
    ['committed-again', [reset(-HOUR, aCommit(far), { seenAt: now, resetTo: 80n })]],
    ['topic-deleted', [in1h(gone(-HOUR, aCommit(0), 'topic-deleted'))]],
    ['no-longer-known', []],
  ])('closes as %s', (why, then) => {
    expect(incidentsAfter([aCommit(2 * DAY)], then)).toContain(`deadline first closed: ${why}`)
  })

  test('closes as lost, even seconds after it opened', () => {
    const watcher = new Watcher()
    watcher.see(0, [aCommit(35_000)])
    watcher.see(43_000, [{ ...gone(-35_000), seenAt: now }])
    expect(watcher.incidents).toEqual(['deadline last closed: lost', 'loss'])
  })

  test('closes as lost, even if another partition kept it open long after the loss', () => {
    const lost = in1h(gone(-HOUR))
    const other = (left: number) => aCommit(left, { partition: 1 })
    expect(
      incidentsAfter([aCommit(2 * DAY), other(2 * DAY)], [lost, other(2 * DAY)], [lost, other(far)]),
    ).toEqual(['deadline first closed: lost', 'loss'])
  })

  test('closes as ignored when the settings ignore the group', () => {
    const watcher = new Watcher()
    watcher.see(0, [aCommit(2 * DAY)])
    watcher.see(HOUR, [aCommit(2 * DAY)], {
      policy: { ...policy, ignore: [{ pattern: 'app', reason: 'a test', until: undefined }] },
    })
    expect(watcher.incidents).toEqual(['deadline first closed: ignored'])
  })

  test.each([
    ['lost', gone(2 * DAY)],
    ['deleted with its topic', gone(2 * DAY, aCommit(0), 'topic-deleted')],
  ])('closes as committed again, although another partition was %s before', (_, other) => {
    const older = { ...other, partition: 1 }
    const incidents = incidentsAfter([aCommit(2 * DAY), older], [aCommit(far), older])
    expect(incidents).toContain('deadline first closed: committed-again')
  })

  test('opens a new incident when it is near again', () => {
    const near = [aCommit(2 * DAY)]
    expect(incidentsAfter(near, [aCommit(far)], near)).toEqual([
      'deadline first closed: committed-again',
      'deadline first',
    ])
  })

  test.each<[interval: string, ms: number, opens: string]>([
    ['as long as the last level', 6 * HOUR, 'deadline last'],
    ['longer than the last level', 6 * HOUR + 1, 'deadline second'],
    ['longer than the second level', 24 * HOUR + 1, 'deadline first'],
    ['longer than all levels', 30 * DAY, 'deadline first'],
  ])('of a stopped group opens at a level that runs cannot miss: an interval %s', (_, interval, opens) => {
    const watcher = new Watcher()
    const opened = [73, 72, 24, 6].map(hours => {
      watcher.see(0, [stopped(hours * HOUR)], { interval, policy: owned })
      return watcher.incidents[0]
    })
    expect(opened.find(incident => incident !== undefined)).toBe(opens)
  })

  test('of a stopped group opens only at the last level, and then stays open like any other', () => {
    expect(incidentsAfter([stopped(2 * DAY)], [stopped(DAY)])).toEqual([])
    expect(incidentsAfter([stopped(HOUR)], [stopped(2 * DAY)])).toEqual(['deadline last'])
  })

  test('of a group with unknown age, or proven to commit the same offset, opens no incident', () => {
    expect(incidentsAfter([unknownAge()], [aCommit(-HOUR, { renewedAt: now })])).toEqual([])
  })

  test('has no level if the offset is beyond the log end', () => {
    expect(incidentsAfter([aCommit(far, { offset: 101n })])).toEqual(['deadline'])
  })

  test('opens again after a reset, beside the loss', () => {
    expect(incidentsAfter([reset(HOUR, aCommit(2 * DAY))])).toEqual(['loss', 'deadline first'])
  })
})

describe('a loss', () => {
  test('opens an incident, and closes the one of the deadline', () => {
    expect(incidentsAfter([aCommit(HOUR)], [in1h(gone(-HOUR))])).toEqual([
      'deadline last closed: lost',
      'loss',
    ])
  })

  test('stays one incident when it turns out to be a reset', () => {
    const lost = gone(0)
    const found = reset(-HOUR, aCommit(far), { seenAt: lost.seenAt })
    expect(incidentsAfter([lost], [lost], [found], [found])).toEqual(['loss'])
  })

  test('opens no second incident if the reset is found long after the first one was closed', () => {
    const watcher = new Watcher()
    const lost = gone(0)
    watcher.see(0, [lost])
    watcher.see(8 * DAY, [lost])
    watcher.see(60 * DAY, [reset(-60 * DAY, aCommit(60 * DAY + far), { seenAt: lost.seenAt })])
    expect(watcher.incidents).toEqual(['loss closed: seven-days'])
  })

  test('of another partition, or a second one of the same partition, is a separate incident', () => {
    const [first, second] = [gone(0), { ...gone(-HOUR), partition: 1 }]
    expect(incidentsAfter([first], [first, second])).toEqual(['loss', 'loss'])
    expect(incidentsAfter([first], [gone(-2 * HOUR)])).toEqual(['loss closed: no-longer-known', 'loss'])
  })

  test('of a stopped group opens no incident until the group is found to be reset', () => {
    const watcher = new Watcher()
    watcher.see(0, [gone(0, stopped(0))])
    expect(watcher.incidents).toEqual([])
    watcher.see(20 * DAY, [reset(-20 * DAY, guarded(27 * DAY))])
    expect(watcher.incidents).toEqual(['loss'])
  })

  test.each<[why: string, then: Commit]>([
    ['recovered', aCommit(far, { offset: 80n })],
    ['caught-up', aCommit(far, { offset: 95n })],
  ])('closes as %s', (why, then) => {
    expect(incidentsAfter([reset(0, aCommit(far))], [reset(0, then)])).toEqual([`loss closed: ${why}`])
  })

  test('stays open until all of its partitions are back', () => {
    const [a, b] = [reset(0, aCommit(far)), { ...reset(0, aCommit(far)), partition: 1 }]
    const back = { ...a, offset: 80n }
    expect(incidentsAfter([a, b], [back, b])).toEqual(['loss'])
    expect(incidentsAfter([a, b], [back, { ...b, offset: 95n }])).toEqual(['loss closed: caught-up'])
  })

  test('stays open for seven days if the group went on or skipped records', () => {
    const watcher = new Watcher()
    const skipped = reset(0, aCommit(30 * DAY, { offset: 99n }), { resetTo: 90n })
    watcher.see(0, [skipped])
    watcher.see(7 * DAY, [skipped])
    expect(watcher.incidents).toEqual(['loss'])
    watcher.see(7 * DAY + 1, [skipped])
    expect(watcher.incidents).toEqual(['loss closed: seven-days'])
  })

  test('covers a step back of a group with members if stepBackAlerts matches', () => {
    const watcher = new Watcher()
    for (const [hour, commit] of [stepped, in1h(stepped), in1h({ ...stepped, offset: 90n })].entries())
      watcher.see(hour * HOUR, [commit], stepBackAlerts)
    expect(watcher.incidents).toEqual(['loss closed: caught-up'])
    expect(incidentsAfter([stepped])).toEqual([])
  })

  test.each<[missed: string, Commit, incidents: string[]]>([
    ['even if its snapshot was missed, and the group is still behind', in1h(stepped), ['loss']],
    [
      'even if its snapshot was missed, and the group has read on since',
      in1h({ ...stepped, offset: 90n }),
      ['loss'],
    ],
    [
      'even if its snapshot was missed, and the group has stopped since',
      in1h({ ...stepped, state: 'Empty' }),
      ['loss'],
    ],
    [
      'not if a person set a stopped group back and started it',
      in1h(reset(0, guarded(far, { offset: 20n }), { ...movedBack, foundInState: 'Empty' })),
      [],
    ],
    [
      'not if an earlier version found the step',
      reset(0, guarded(far, { offset: 20n }), { ...movedBack, foundInState: null }),
      [],
    ],
    ['not if the step happened last month', { ...stepped, previousCommit: longAgo(stepped) }, []],
  ])('covers a step back: %s', (_, commit, incidents) => {
    const watcher = new Watcher()
    watcher.see(0, [guarded(far)], stepBackAlerts)
    watcher.see(HOUR, [commit], stepBackAlerts)
    expect(watcher.incidents).toEqual(incidents)
  })

  test('opens no incident for a deleted topic or a move back', () => {
    expect(incidentsAfter([gone(0, aCommit(0), 'topic-deleted')])).toEqual([])
    expect(incidentsAfter([reset(0, aCommit(far), { reason: 'moved-back' })])).toEqual([])
  })
})
