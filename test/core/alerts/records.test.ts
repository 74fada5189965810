import { describe, expect, test } from '@jest/globals'
import { acknowledge, withIncidents } from '../../../functions/core/alerts/incidents.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import { assessGroup } from '../../../functions/core/policy.ts'
import { assigning, context, now, policy, stopped, unreadOf } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { shorts } from './short.ts'
import { aWatcher, behind, losing, readAll, seen } from './unread.ts'

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

  test('opens for a group with 150,000 partitions', () => {
    const [assessment] = assessGroup([behind(2 * DAY)], context)
    const assessments = Array.from({ length: 150_000 }, () => assessment).filter(each => each !== undefined)
    const times = { takenAt: now - MINUTE, digestAt: 0, isStale: false }
    const groups = new Map([['app', assessments]])
    const { incidents } = withIncidents(aWatcher().state, groups, { ...context, ...times })
    expect(incidents).toMatchObject([{ kind: 'records-deadline', lostBefore: 0 }])
  })

  test.each<[name: string, commit: Commit]>([
    ['a group that catches up', behind(DAY, {}, { notGrown: 1 })],
    ['a stopped group', stopped(6 * DAY, { unread: unreadOf(DAY) })],
    ['a group that has left the topic', behind(DAY, { rule: 'consumer-unsubscribed' })],
    ['retention by size', behind(DAY, {}, { evidence: 'size', earliest: null, latest: null })],
    ['a log that was not read', behind(DAY, { unread: null, logStart: null, logEnd: null })],
  ])('does not open for %s', (_, commit) => {
    expect(seen([commit], [commit], [commit])).toEqual([])
  })

  test('does not escalate while the group catches up, and stays open until it is out of danger', () => {
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
      'the topic’s settings can no longer be read',
      behind(DAY, {}, { evidence: 'not-authorized', earliest: null }),
    ],
    ['no broker answered for the settings', behind(DAY, {}, { evidence: 'unknown', earliest: null })],
    ['the group has stopped', behind(2 * DAY, { state: 'Empty' })],
    ['the log is empty, which may turn out to be a loss', behind(DAY, { unread: null, logStart: 100n })],
  ])('stays open while nothing shows that it is over: %s', (_, then) => {
    expect(seen([behind(2 * DAY)], [then])).toEqual(['records-deadline first'])
  })

  test.each([
    ['ignore', { ignore: [{ pattern: '*', reason: 'a test', until: undefined }] }],
    ['records: digest', { records: 'digest' as const }],
    ['records: off', { records: 'off' as const }],
  ])('closes as ignored by %s, and no loss opens', (_, settings) => {
    const changes = { policy: { ...policy, ...settings } }
    const watcher = aWatcher()
    watcher.see(0, [behind(2 * DAY)])
    watcher.see(HOUR, [behind(2 * DAY)], changes)
    watcher.see(2 * HOUR, [losing(10n, now + 2 * HOUR)], changes)
    expect(watcher.incidents).toEqual(['records-deadline first closed: ignored'])
  })

  test('is neither escalated nor closed by a stale snapshot', () => {
    const watcher = aWatcher()
    watcher.see(0, [behind(2 * DAY)])
    watcher.see(2 * DAY, [readAll()], { isStale: true })
    expect(watcher.incidents).toEqual(['records-deadline first'])
  })
})

describe('messages about unread records', () => {
  test('follow the levels: a post, a reply, a post with a mention, and a reply at the end', () => {
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
  ])('mention nobody for a group %s', (_, commit) => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(2 * DAY)])
    const later = [...watcher.tell(1.9 * DAY, [commit]), ...watcher.tell(3 * DAY, [commit])]
    expect(shorts(later).filter(each => each.includes('mention'))).toEqual([])
  })

  test.each<[name: string, then: Commit]>([
    ['the partition has no leader', behind(DAY, { unread: null, logStart: null, logEnd: null })],
    ['the log is empty', behind(DAY, { unread: null, logStart: 100n })],
  ])('stay unchanged and mention nobody while %s', (_, then) => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(2 * DAY)])
    expect(shorts(watcher.tell(1.9 * DAY, [then]))).toEqual([])
    expect(shorts(watcher.tell(1.9 * DAY + HOUR, [behind(2 * DAY)]))).toEqual([
      'edit records parent last',
      'post records last last mention',
    ])
  })

  test('are not edited for other bounds of the same deadline', () => {
    const watcher = aWatcher()
    watcher.tell(0, [behind(DAY + 10 * MINUTE)])
    const [earlier, later] = [DAY + 5 * MINUTE, DAY + 15 * MINUTE]
    expect(shorts(watcher.tell(MINUTE, [behind(earlier)]))).toEqual([])
    expect(shorts(watcher.tell(2 * MINUTE, [behind(later)]))).toEqual([])
  })
})

describe('two incidents of one group', () => {
  const offset = (left: number, unread: UnreadRecords | null = null) =>
    assigning(left, { unread, valueSeenAt: now - HOUR })

  test('share one message, which names the more urgent one first', () => {
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

  test('share the message of the first one, and a reply in the channel says so', () => {
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

  test('have one reply about the second incident, even if Slack refuses the last call once', () => {
    const watcher = aWatcher()
    watcher.tell(0, [offset(3 * DAY)])
    const both = [offset(3 * DAY, unreadOf(2 * DAY))]
    expect(shorts(watcher.tell(HOUR, both))).toContain('broadcast opened')
    const due = watcher.see(1.9 * DAY, both)
    const last = due.find(({ message }) => message.key.endsWith('/last-call'))
    if (last) watcher.refused(last, now + 1.9 * DAY)
    expect(shorts(watcher.tell(1.9 * DAY + HOUR, both))).toEqual(shorts(due))
  })

  test('have one mention each', () => {
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
  ])('are acknowledged separately: the one of %s does not silence the other', (acknowledged, mention) => {
    const watcher = aWatcher()
    const commits = [offset(2 * DAY, unreadOf(2 * DAY))]
    watcher.tell(0, commits)
    watcher.state = acknowledge(watcher.state, 'app', now + HOUR, undefined, acknowledged).state
    const said = [HOUR, 1.9 * DAY].flatMap(later => shorts(watcher.tell(later, commits)))
    expect(said).toContain('reply acknowledged')
    expect(said.filter(each => each.includes('mention'))).toEqual([mention])
  })

  test('are acknowledged by default for the offset, or for the records if the offset has no incident', () => {
    const watcher = aWatcher()
    watcher.see(0, [offset(2 * DAY, unreadOf(2 * DAY)), behind(DAY, { group: 'b' })])
    const kinds = (group: string) =>
      acknowledge(watcher.state, group, now).acknowledged.map(({ kind }) => kind)
    expect(kinds('app')).toEqual(['deadline'])
    expect(kinds('b')).toEqual(['records-deadline'])
  })

  test('keep their message for the other one when one is over', () => {
    const watcher = aWatcher()
    watcher.tell(0, [offset(2 * DAY, unreadOf(DAY))])
    expect(shorts(watcher.tell(HOUR, [offset(2 * DAY, null)]))).toEqual([
      'edit both expiring first',
      'reply closed',
    ])
    expect(shorts(watcher.tell(2 * HOUR, [offset(6 * DAY, null)]))).toEqual([
      'edit both expiring out-of-danger',
      'reply closed',
    ])
    expect(shorts(watcher.tell(3 * HOUR, [offset(6 * DAY, null)]))).toEqual([])
    expect(shorts(watcher.tell(8 * DAY, [offset(14 * DAY, null)]))).toEqual([])
  })

  test('do not repeat a message that Slack may already have', () => {
    const watcher = aWatcher()
    const [due] = watcher.see(0, [offset(2 * DAY)])
    if (due) watcher.claimed(due, now)
    const both = [offset(2 * DAY, unreadOf(DAY))]
    expect(shorts(watcher.see(MINUTE, both))).toEqual([])
    expect(shorts(watcher.tell(HOUR, both))).toEqual(['post both records second and expiring first'])
  })
})
