import { describe, expect, test } from '@jest/globals'
import { type AlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import {
  aCommit,
  assigning,
  type context,
  guarded,
  now,
  policy,
  stopped,
  unreadOf,
} from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'

/** A watcher that has seen three snapshots before. */
function aWatcher(): Watcher {
  const watcher = new Watcher()
  watcher.state = { ...watcher.state, recordsSnapshots: 3 }
  return watcher
}

/** A group with members that has not read records, of which Kafka deletes the first after `left`. */
const behind = (left: number, changes: Partial<Commit> = {}, unread: Partial<UnreadRecords> = {}): Commit =>
  guarded(7 * DAY, { unread: unreadOf(left, unread), ...changes })

const readAll = (changes: Partial<Commit> = {}) =>
  guarded(7 * DAY, { offset: 100n, valueSeenAt: now + HOUR, ...changes })

/** The log begins at 50 + `atMost`, and the group stands at 50. */
const losing = (atMost: bigint, lastAt: number, changes: Partial<Commit> = {}): Commit =>
  guarded(7 * DAY, {
    logStart: 50n + atMost,
    logEnd: 1000n,
    unread: unreadOf(HOUR),
    lostRecords: { atMost, upTo: 50n + atMost, lastAt },
    ...changes,
  })

/** The same group above the log start again. */
const above = (lost: Commit): Commit => ({ ...lost, offset: lost.logStart ?? 0n, unread: null })

function seen(...steps: Commit[][]): string[] {
  const watcher = aWatcher()
  for (const [hour, commits] of steps.entries()) watcher.see(hour * HOUR, commits)
  return watcher.incidents
}

describe('an incident of unread records', () => {
  test('opens at the level of the worst partition, and escalates', () => {
    const watcher = aWatcher()
    const commits = [behind(2 * DAY), behind(3 * DAY, { partition: 1 })]
    const levels = [0, DAY, 1.9 * DAY].map(later => {
      watcher.see(later, commits)
      return watcher.incidents.join()
    })
    expect(levels).toEqual(['records-deadline first', 'records-deadline second', 'records-deadline last'])
  })

  test.each<[name: string, commit: Commit]>([
    ['a group that catches up', behind(DAY, {}, { notGrown: 1 })],
    ['a stopped group', stopped(6 * DAY, { unread: unreadOf(DAY) })],
    ['a group that has left the topic', behind(DAY, { rule: 'consumer-unsubscribed' })],
    ['retention by size', behind(DAY, {}, { evidence: 'size', earliest: null, latest: null })],
    ['an unread log', behind(DAY, { unread: null, logStart: null, logEnd: null })],
  ])('opens none for %s', (_, commit) => {
    expect(seen([commit], [commit], [commit])).toEqual([])
  })

  test('a group that catches up does not escalate, and stays open until it is out of danger', () => {
    const catchesUp = (left: number) => behind(left, {}, { notGrown: 1 })
    expect(seen([behind(2 * DAY)], [catchesUp(5 * HOUR)])).toEqual(['records-deadline first'])
    expect(seen([behind(2 * DAY)], [catchesUp(2 * DAY)], [catchesUp(4 * DAY)])).toEqual([
      'records-deadline first closed: out-of-danger',
    ])
  })

  test.each<[why: string, then: Commit[]]>([
    ['caught-up', [readAll()]],
    ['caught-up', [behind(5 * DAY, { offset: 80n, valueSeenAt: now + HOUR })]],
    ['out-of-danger', [behind(14 * DAY, {}, { retention: 14 * DAY })]],
    ['out-of-danger', [behind(DAY, {}, { evidence: 'never', earliest: null, latest: null })]],
    ['no-longer-known', []],
    ['topic-deleted', [{ ...behind(DAY), gone: { reason: 'topic-deleted', earliest: now, latest: now } }]],
    ['lost', [losing(10n, now + HOUR)]],
    ['lost', [{ ...losing(10n, now + HOUR), state: 'Empty' }]],
  ])('closes as %s', (why, then) => {
    expect(seen([behind(2 * DAY)], then)).toContain(`records-deadline first closed: ${why}`)
  })

  test.each<[name: string, then: Commit]>([
    ['the partition has no leader', behind(DAY, { unread: null, logStart: null, logEnd: null })],
    [
      'the topic’s settings may not be read any more',
      behind(DAY, {}, { evidence: 'not-authorized', earliest: null }),
    ],
    ['nobody answered for them', behind(DAY, {}, { evidence: 'unknown', earliest: null })],
    ['the group has stopped', behind(2 * DAY, { state: 'Empty' })],
  ])('stays while nothing shows that it is over: %s', (_, then) => {
    expect(seen([behind(2 * DAY)], [then])).toEqual(['records-deadline first'])
  })

  test.each([
    ['ignore', { ignore: [{ pattern: '*', reason: 'a test', until: undefined }] }],
    ['records: digest', { records: 'digest' as const }],
    ['records: off', { records: 'off' as const }],
  ])('closes as ignored by %s, and opens none', (_, settings) => {
    const changes = { policy: { ...policy, ...settings } }
    const watcher = aWatcher()
    watcher.see(0, [behind(2 * DAY)])
    watcher.see(HOUR, [behind(2 * DAY)], changes)
    watcher.see(2 * HOUR, [losing(10n, now + 2 * HOUR)], changes)
    expect(watcher.incidents).toEqual(['records-deadline first closed: ignored'])
  })

  test('a stale snapshot neither escalates nor ends it', () => {
    const watcher = aWatcher()
    watcher.see(0, [behind(2 * DAY)])
    watcher.see(2 * DAY, [readAll()], { isStale: true })
    expect(watcher.incidents).toEqual(['records-deadline first'])
  })
})

describe('its messages', () => {
  test('one for the first level, a reply for the second, a message with mention at the last, a reply at the end', () => {
    const watcher = aWatcher()
    const said = [0, DAY, 1.9 * DAY].map(later => shorts(watcher.tell(later, [behind(2 * DAY)])))
    expect(said).toEqual([
      ['post records parent first'],
      ['edit records parent second', 'broadcast second'],
      ['edit records parent last', 'post records last last mention'],
    ])
    expect(shorts(watcher.tell(2 * DAY, [readAll()]))).toEqual([
      'edit records parent caught-up',
      'broadcast closed',
    ])
    expect(shorts(watcher.tell(2 * DAY + HOUR, [readAll()]))).toEqual([])
  })

  test.each<[name: string, commit: Commit]>([
    ['that has stopped since', behind(2 * DAY, { state: 'Empty' })],
    ['whose records may stay for ever', behind(2 * DAY, {}, { latest: null })],
  ])('nobody is mentioned for a group %s', (_, commit) => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(2 * DAY)])
    const later = [...watcher.tell(1.9 * DAY, [commit]), ...watcher.tell(3 * DAY, [commit])]
    expect(shorts(later).filter(each => each.includes('mention'))).toEqual([])
  })

  test('other bounds of the same deadline change no message', () => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(DAY + 10 * MINUTE)])
    const [earlier, later] = [DAY + 5 * MINUTE, DAY + 15 * MINUTE]
    expect(shorts(watcher.tell(MINUTE, [behind(earlier)]))).toEqual([])
    expect(shorts(watcher.tell(2 * MINUTE, [behind(later)]))).toEqual([])
  })
})

describe('two incidents, one message', () => {
  const offset = (left: number, unread: UnreadRecords | null = null) =>
    assigning(left, { unread, valueSeenAt: now - HOUR })

  test('both open at once: one message that says the nearer one first', () => {
    const records = aWatcher()
    expect(shorts(records.tell(0, [offset(2 * DAY, unreadOf(DAY))]))).toEqual([
      'post both records second and expiring first',
    ])
    expect(records.incidents).toEqual(['deadline first', 'records-deadline second'])
    expect(shorts(records.tell(HOUR, [offset(2 * DAY, unreadOf(DAY))]))).toEqual([])

    const offsets = aWatcher()
    expect(shorts(offsets.tell(0, [offset(DAY, unreadOf(2 * DAY))]))).toEqual([
      'post both expiring second and records first',
    ])
  })

  test('the later one joins the message that is there, and a reply says so in the channel', () => {
    const records = aWatcher()
    records.tell(0, [offset(2 * DAY)])
    expect(shorts(records.tell(HOUR, [offset(2 * DAY, unreadOf(2.5 * DAY))]))).toEqual([
      'edit both expiring first and records first',
      'broadcast opened',
    ])
    const offsets = aWatcher()
    offsets.tell(0, [offset(6 * DAY, unreadOf(2 * DAY))])
    expect(shorts(offsets.tell(3 * HOUR, [offset(2 * DAY + HOUR, unreadOf(2 * DAY))]))).toEqual([
      'edit both records first and expiring first',
      'broadcast opened',
    ])
  })

  test('one mention for each incident', () => {
    const watcher = aWatcher()
    const commits = [offset(DAY, unreadOf(2 * DAY))]
    const said = [0, 0.9, 1.2, 1.9, 2.5].flatMap(days => shorts(watcher.tell(days * DAY, commits)))
    expect(said.filter(each => each.includes('mention'))).toEqual([
      'post last last mention',
      'post records last last mention',
    ])
    const atOnce = aWatcher()
    expect(shorts(atOnce.tell(0, [offset(HOUR, unreadOf(2 * HOUR))]))).toEqual([
      'post both expiring last and records last +last+last mention',
    ])
    expect(shorts(atOnce.tell(HOUR, [offset(HOUR, unreadOf(2 * HOUR))]))).toEqual([])
  })

  test.each<[acknowledged: 'offset' | 'records', mention: string]>([
    ['offset', 'post records last last mention'],
    ['records', 'post last last mention'],
  ])('acknowledging the one of %s does not silence the other', (acknowledged, mention) => {
    const watcher = aWatcher()
    const commits = [offset(2 * DAY, unreadOf(2 * DAY))]
    watcher.tell(0, commits)
    watcher.state = acknowledge(watcher.state, 'app', now + HOUR, undefined, acknowledged).state
    const said = [HOUR, 1.9 * DAY].flatMap(later => shorts(watcher.tell(later, commits)))
    expect(said).toContain('reply acknowledged')
    expect(said.filter(each => each.includes('mention'))).toEqual([mention])
  })

  test('without a word the acknowledgement is of offsets, where these have an incident', () => {
    const watcher = aWatcher()
    watcher.see(0, [offset(2 * DAY, unreadOf(2 * DAY)), behind(DAY, { group: 'b' })])
    const kinds = (group: string) =>
      acknowledge(watcher.state, group, now).acknowledged.map(({ kind }) => kind)
    expect(kinds('app')).toEqual(['deadline'])
    expect(kinds('b')).toEqual(['records-deadline'])
  })

  test('when one is over, the message goes on about the other', () => {
    const watcher = aWatcher()
    watcher.tell(0, [offset(2 * DAY, unreadOf(DAY))])
    expect(shorts(watcher.tell(HOUR, [offset(2 * DAY, null)]))).toEqual(['edit parent first', 'reply closed'])
    expect(shorts(watcher.tell(2 * HOUR, [offset(6 * DAY, null)]))).toEqual([
      'edit parent out-of-danger',
      'reply closed',
    ])
    expect(shorts(watcher.tell(3 * HOUR, [offset(6 * DAY, null)]))).toEqual([])
    expect(shorts(watcher.tell(8 * DAY, [offset(14 * DAY, null)]))).toEqual([])
  })

  test('a message that Slack may have is not posted again for the other', () => {
    const watcher = aWatcher()
    const [due] = watcher.see(0, [offset(2 * DAY)])
    if (due) watcher.claimed(due, now)
    const both = [offset(2 * DAY, unreadOf(DAY))]
    expect(shorts(watcher.see(MINUTE, both))).toEqual([])
    expect(shorts(watcher.tell(HOUR, both))).toEqual(['post both records second and expiring first'])
  })
})

describe('a loss of unread records', () => {
  test('is one message with mention, whose total is edited; the channel is told once a day', () => {
    const watcher = aWatcher()
    const at = (hours: number, lost: bigint) => watcher.tell(hours * HOUR, [losing(lost, now + hours * HOUR)])
    expect(shorts(at(0, 10n))).toEqual(['post 10 lost mention'])
    expect(shorts(at(1, 20n))).toEqual(['edit 20 lost'])
    expect(shorts(at(23, 30n))).toEqual(['edit 30 lost'])
    expect(shorts(at(24, 40n))).toEqual(['edit 40 lost', 'broadcast more-lost'])
    expect(shorts(at(25, 50n))).toEqual(['edit 50 lost'])
    expect(shorts(at(49, 50n))).toEqual(['broadcast more-lost'])
    expect(shorts(at(80, 50n))).toEqual([])
    expect(watcher.incidents).toEqual(['records-loss'])
  })

  test('closes the warning, and while it is open no other one opens', () => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(HOUR)])
    expect(shorts(watcher.tell(HOUR, [losing(10n, now + HOUR)]))).toEqual([
      'edit records parent lost',
      'broadcast closed',
      'post 10 lost mention',
    ])
    expect(watcher.incidents).toEqual(['records-deadline last closed: lost', 'records-loss'])
  })

  test('closes once the group has been above the log start for two intervals', () => {
    const watcher = aWatcher()
    const lost = losing(10n, now)
    watcher.tell(0, [lost])
    const said = [15, 30, 44].map(minutes => shorts(watcher.tell(minutes * MINUTE, [above(lost)])))
    expect(said).toEqual([[], [], []])
    expect(shorts(watcher.tell(45 * MINUTE, [above(lost)]))).toEqual([
      'edit 10 lost caught-up',
      'reply closed',
    ])
    expect(shorts(watcher.tell(DAY, [above(lost)]))).toEqual([])
  })

  test('stays while the group falls below again, and while the log is not read', () => {
    const watcher = aWatcher()
    const lost = losing(10n, now)
    watcher.see(0, [lost])
    watcher.see(15 * MINUTE, [above(lost)])
    watcher.see(30 * MINUTE, [losing(15n, now + 30 * MINUTE)])
    watcher.see(45 * MINUTE, [above(lost)])
    watcher.see(60 * MINUTE, [{ ...above(lost), logStart: null }])
    expect(watcher.incidents).toEqual(['records-loss'])
    watcher.see(75 * MINUTE, [above(lost)])
    expect(watcher.incidents).toEqual(['records-loss closed: caught-up'])
  })

  test('of a group that has stopped ends after seven days', () => {
    const watcher = aWatcher()
    const lost = losing(10n, now)
    watcher.see(0, [lost])
    watcher.see(7 * DAY, [{ ...lost, state: 'Empty' }])
    expect(watcher.incidents).toEqual(['records-loss'])
    watcher.see(7 * DAY + 1, [{ ...lost, state: 'Empty' }])
    expect(watcher.incidents).toEqual(['records-loss closed: seven-days'])
  })

  test('another one after that is another incident, which counts from there', () => {
    const watcher = aWatcher()
    watcher.tell(0, [losing(10n, now)])
    for (const minutes of [15, 30, 45]) watcher.tell(minutes * MINUTE, [above(losing(10n, now))])
    expect(shorts(watcher.tell(DAY, [losing(14n, now + DAY)]))).toEqual(['post 4 lost mention'])
    expect(watcher.incidents).toEqual(['records-loss closed: caught-up', 'records-loss'])
  })

  test('acknowledged: it stays open and edited, the channel hears no more of it, and no other one opens', () => {
    const watcher = aWatcher()
    watcher.tell(0, [losing(10n, now)])
    watcher.state = acknowledge(watcher.state, 'app', now).state
    expect(shorts(watcher.tell(HOUR, [losing(20n, now + HOUR)]))).toEqual([
      'edit 20 lost',
      'reply acknowledged',
    ])
    expect(shorts(watcher.tell(2 * DAY, [losing(30n, now + 2 * DAY)]))).toEqual(['edit 30 lost'])
    expect(watcher.incidents).toEqual(['records-loss'])
  })

  test('of a stopped group is a line in the digest', () => {
    const watcher = aWatcher()
    const lost = { ...losing(10n, now), state: 'Empty' }
    watcher.tell(0, [lost])
    expect(
      shorts(watcher.tell(DAY, [{ ...lost, lostRecords: { atMost: 20n, upTo: 70n, lastAt: now + DAY } }])),
    ).toEqual(['post digest of records-lost app'])
    expect(
      shorts(
        watcher.tell(2 * DAY, [{ ...lost, lostRecords: { atMost: 30n, upTo: 80n, lastAt: now + 2 * DAY } }]),
      ),
    ).toEqual([])
  })

  test('older than the last watch and a week is history', () => {
    expect(seen([losing(10n, now - 8 * DAY, { unread: null })])).toEqual([])
  })
})

test('the digest has unread records of stopped groups, and of those whose setting is digest', () => {
  const changes = { policy: { ...policy, recordsByGroup: [{ pattern: 'b', records: 'digest' as const }] } }
  const commits = [
    stopped(6 * DAY, { unread: unreadOf(2 * DAY) }),
    behind(2 * DAY, { group: 'b' }),
    behind(2 * DAY, { group: 'c' }, { notGrown: 1 }),
  ]
  const watcher = aWatcher()
  watcher.tell(0, commits, changes)
  expect(shorts(watcher.tell(DAY, commits, changes))).toEqual(['post digest of unread app, unread b'])
})

describe('the first run after an upgrade', () => {
  const many = (count: number, commit: Commit) =>
    Array.from({ length: count }, (_, i) => ({ ...commit, group: `group-${i}` }))

  function upgrade(commits: Commit[], changes: Partial<typeof context> = {}): string[][] {
    const watcher = new Watcher()
    return [0, 15, 30, 45].map(minutes => shorts(watcher.tell(minutes * MINUTE, commits, changes)))
  }

  test('is one summary a channel once three snapshots were watched, also of few groups', () => {
    const commits = [...many(3, behind(2 * DAY)), losing(10n, now, { group: 'lost' })]
    expect(upgrade(commits)).toEqual([[], [], ['post summary of 4 records-deadline mention'], []])
  })

  test('has a summary for each channel, and a message for a single group', () => {
    const routes = [
      { pattern: 'group-0', channel: '#a', mention: undefined },
      { pattern: 'group-*', channel: '#b', mention: undefined },
    ]
    expect(upgrade(many(3, behind(2 * DAY)), { policy: { ...policy, routes } })[2]).toEqual([
      'post summary of 2 records-deadline',
      'post records parent first',
    ])
  })

  test('later ones have messages of their own', () => {
    const watcher = new Watcher()
    for (const minutes of [0, 15, 30]) watcher.tell(minutes * MINUTE, [readAll()])
    expect(shorts(watcher.tell(45 * MINUTE, many(2, behind(2 * DAY))))).toEqual([
      'post records parent first',
      'post records parent first',
    ])
  })

  test('one of the summary has a message of its own when it comes nearer', () => {
    const watcher = new Watcher()
    for (const minutes of [0, 15, 30]) watcher.tell(minutes * MINUTE, many(2, behind(2 * DAY)))
    const [near, far] = [behind(2 * DAY, { group: 'group-0' }), behind(3.9 * DAY, { group: 'group-1' })]
    expect(shorts(watcher.tell(DAY, [near, far]))).toEqual([
      'post records parent second',
      'edit summary of 1 records-deadline',
    ])
  })
})

test('the store keeps a total that JSON has no number for', () => {
  const watcher = aWatcher()
  watcher.tell(0, [aCommit(2 * DAY), losing(2n ** 60n, now, { group: 'b' })])
  const stored: AlertState = JSON.parse(JSON.stringify(watcher.state))
  expect(parseAlertState(stored)).toEqual(watcher.state)
  expect(watcher.state.incidents.find(({ kind }) => kind === 'records-loss')?.recordsLost?.atMost).toBe(
    String(2n ** 60n),
  )
})
