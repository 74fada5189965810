import { describe, expect, test } from '@jest/globals'
import { type AlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, type context, now, policy, stopped, unreadOf } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'
import { above, aWatcher, behind, losing, readAll, seen } from './unread.ts'

describe('a loss of unread records', () => {
  test('has one message with a mention, whose total is edited; the channel gets a reply once a day', () => {
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

  test('closes the warning, and no new warning opens while the loss is open', () => {
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

  test('stays open while the group falls behind the log start again, or the log is not read', () => {
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

  test('closes after seven days if the group has stopped', () => {
    const watcher = aWatcher()
    const lost = losing(10n, now)
    watcher.see(0, [lost])
    watcher.see(7 * DAY, [{ ...lost, state: 'Empty' }])
    expect(watcher.incidents).toEqual(['records-loss'])
    watcher.see(7 * DAY + 1, [{ ...lost, state: 'Empty' }])
    expect(watcher.incidents).toEqual(['records-loss closed: seven-days'])
  })

  test('opens a new incident with a total of its own after the first one is closed', () => {
    const watcher = aWatcher()
    watcher.tell(0, [losing(10n, now)])
    for (const minutes of [15, 30, 45]) watcher.tell(minutes * MINUTE, [above(losing(10n, now))])
    expect(shorts(watcher.tell(DAY, [losing(14n, now + DAY)]))).toEqual(['post 4 lost mention'])
    expect(watcher.incidents).toEqual(['records-loss closed: caught-up', 'records-loss'])
  })

  test('stays open and edited once acknowledged; the channel gets no reply, and no new warning opens', () => {
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

  test('opens no incident if it is older than a week and than the last watch', () => {
    expect(seen([losing(10n, now - 8 * DAY, { unread: null })])).toEqual([])
  })
})

test('the digest lists unread records of stopped groups, and of groups with `records: digest`', () => {
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

  test('posts one summary a channel after three snapshots, even for few groups', () => {
    const commits = [...many(3, behind(2 * DAY)), losing(10n, now, { group: 'lost' })]
    expect(upgrade(commits)).toEqual([[], [], ['post summary of 4 records-deadline mention'], []])
  })

  test('posts a summary to each channel, and a plain message for a single group', () => {
    const routes = [
      { pattern: 'group-0', channel: '#a', mention: undefined },
      { pattern: 'group-*', channel: '#b', mention: undefined },
    ]
    expect(upgrade(many(3, behind(2 * DAY)), { policy: { ...policy, routes } })[2]).toEqual([
      'post summary of 2 records-deadline',
      'post records parent first',
    ])
  })

  test('does not put later incidents into a summary', () => {
    const watcher = new Watcher()
    for (const minutes of [0, 15, 30]) watcher.tell(minutes * MINUTE, [readAll()])
    expect(shorts(watcher.tell(45 * MINUTE, many(2, behind(2 * DAY))))).toEqual([
      'post records parent first',
      'post records parent first',
    ])
  })

  test('posts a message of its own for a group of the summary when its deadline comes nearer', () => {
    const watcher = new Watcher()
    for (const minutes of [0, 15, 30]) watcher.tell(minutes * MINUTE, many(2, behind(2 * DAY)))
    const [near, far] = [behind(2 * DAY, { group: 'group-0' }), behind(3.9 * DAY, { group: 'group-1' })]
    expect(shorts(watcher.tell(DAY, [near, far]))).toEqual([
      'post records parent second',
      'edit summary of 1 records-deadline',
    ])
  })
})

test('many losses of records are posted in a summary, even if all are over before Slack takes it', () => {
  const watcher = aWatcher()
  const lost = Array.from({ length: 12 }, (_, i) =>
    losing(7n, now + HOUR - MINUTE, { group: `g${'abcdefghijkl'[i]}x` }),
  )
  expect(shorts(watcher.see(HOUR, lost))).toEqual(['post summary of 12 records-deadline mention'])
  for (const hour of [2, 3, 4, 5]) watcher.see(hour * HOUR, lost.map(above))
  expect(watcher.incidents[0]).toBe('records-loss closed: caught-up')
  expect(watcher.tell(6 * HOUR, lost.map(above)).map(({ message }) => message.notice)).toMatchObject([
    { type: 'summary', kind: 'records-deadline', total: 12, open: 0 },
  ])
})

test('the stored state keeps a total that is too large for a JSON number', () => {
  const watcher = aWatcher()
  watcher.tell(0, [aCommit(2 * DAY), losing(2n ** 60n, now, { group: 'b' })])
  const stored: AlertState = JSON.parse(JSON.stringify(watcher.state))
  expect(parseAlertState(stored)).toEqual(watcher.state)
  expect(watcher.state.incidents.find(({ kind }) => kind === 'records-loss')?.recordsLost?.atMost).toBe(
    String(2n ** 60n),
  )
})
