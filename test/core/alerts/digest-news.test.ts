import { describe, expect, test } from '@jest/globals'
import type { DueMessage } from '../../../functions/core/alerts/message.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { gone, now, owned, policy, stopped } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { Watcher } from './alerts.ts'

function short({ message: { notice, route } }: DueMessage): string {
  if (notice.type !== 'digest') return notice.type
  const where = route?.channel ? ` in ${route.channel}` : ''
  return `post digest${where}: ${notice.entries.map(each => `${each.group} ${each.case}`).join(', ')}`
}

describe('each event is in exactly one digest', () => {
  const row = stopped(0, { group: 'lost' })
  const found = (at: number, commit: Commit = gone(-at, row)): Commit => ({
    ...commit,
    runningFrom: now + at,
  })
  const told = (due: DueMessage[]) => due.map(short).filter(text => text.includes('lost'))
  const toTeam = (channel: string) => ({
    policy: { ...policy, routes: [{ pattern: 'team-*', channel, mention: undefined }] },
  })
  const inTeam = { ...row, group: 'team-lost' }

  test('if its tombstone is older than the digest and was found after the digest', () => {
    const watcher = new Watcher()
    const at = now + DAY - 10 * MINUTE
    const lost = { ...found(DAY + 5000), gone: { reason: 'expired', earliest: at, latest: at } as const }
    watcher.tell(0, [])
    expect(told(watcher.tell(DAY, []))).toEqual([])
    expect([2, 3].map(day => told(watcher.tell(day * DAY, [lost])))).toEqual([
      ['post digest: lost loss-stopped'],
      [],
    ])
  })

  test('if the digest is due after the event was found, and before its latest possible time', () => {
    const watcher = new Watcher()
    const lost = found(DAY - 2 * MINUTE, gone(-DAY - MINUTE, row))
    watcher.tell(0, [])
    expect([1, 2, 3].map(day => told(watcher.tell(day * DAY, [lost])))).toEqual([
      ['post digest: lost loss-stopped'],
      [],
      [],
    ])
  })

  test('if Slack takes no digest for more than a day', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    expect(told(watcher.see(DAY, [found(HOUR)]))).toEqual(['post digest: lost loss-stopped'])
    expect([2, 3].map(day => told(watcher.tell(day * DAY, [found(HOUR)])))).toEqual([
      ['post digest: lost loss-stopped'],
      [],
    ])
  })

  test('if the channel of the group changes a day after the event, long before the weekly digest', () => {
    const watcher = new Watcher()
    const lost = found(2 * DAY, gone(-2 * DAY, inTeam))
    watcher.tell(0, [], toTeam('#team'))
    watcher.tell(DAY, [stopped(2 * DAY, { group: 'team-a' })], toTeam('#team'))
    expect(told(watcher.tell(3 * DAY, [lost], toTeam('#team')))).toEqual([])
    const renamed = structuredClone(watcher.state)
    expect([4, 5].map(day => told(watcher.tell(day * DAY, [lost], toTeam('#new'))))).toEqual([
      ['post digest in #new: team-lost loss-stopped'],
      [],
    ])
    watcher.state = renamed
    expect([4, 5].map(day => told(watcher.tell(day * DAY, [lost])))).toEqual([
      ['post digest: team-lost loss-stopped'],
      [],
    ])
  })

  const toOther = (channel: string) => {
    const routes = [
      ...toTeam(channel).policy.routes,
      { pattern: 'o-*', channel: '#other', mention: undefined },
    ]
    return { policy: { ...policy, routes } }
  }
  const teamLost = found(36 * HOUR, gone(-36 * HOUR, inTeam))

  test('if the group moves to a channel whose weekly digest came after the event', () => {
    const watcher = new Watcher()
    const others = [teamLost, stopped(4 * DAY, { group: 'o-1' })]
    watcher.tell(0, [], toOther('#team'))
    watcher.tell(DAY, [stopped(2 * DAY, { group: 'team-a' })], toOther('#team'))
    watcher.tell(2 * DAY, others, toOther('#team'))
    const days = [3, 4, 5, 6, 7, 8, 9, 10, 16]
    expect(days.flatMap(day => told(watcher.tell(day * DAY, others, toOther('#other'))))).toEqual([
      'post digest in #other: team-lost loss-stopped, o-1 stopped',
    ])
  })

  test('if the group moves to a channel whose last digest Slack has not taken yet', () => {
    const watcher = new Watcher()
    const near = stopped(6 * DAY, { group: 'near' })
    watcher.tell(0, [], toTeam('#team'))
    watcher.tell(DAY, [stopped(2 * DAY, { group: 'team-a' })], toTeam('#team'))
    watcher.tell(2 * DAY, [teamLost], toTeam('#team'))
    expect(watcher.see(4 * DAY, [teamLost, near], toTeam('#team'))).toHaveLength(1)
    expect([5, 6].flatMap(day => told(watcher.tell(day * DAY, [teamLost, near])))).toEqual([
      'post digest: team-lost loss-stopped, near stopped',
    ])
  })

  test('if it is a loss of records on any day of the week of a route’s channel', () => {
    const watcher = new Watcher()
    const near = stopped(2 * DAY, { group: 'team-a' })
    const lost = stopped(20 * DAY, {
      group: 'team-lost',
      logStart: 57n,
      lostRecords: { atMost: 7n, upTo: 57n, lastAt: now + 3 * DAY },
    })
    watcher.tell(0, [], toTeam('#team'))
    watcher.tell(DAY, [near], toTeam('#team'))
    expect([4, 5, 6, 7, 8].flatMap(day => told(watcher.tell(day * DAY, [lost], toTeam('#team'))))).toEqual([
      'post digest in #team: team-lost records-lost',
    ])
  })

  test('if the deadline of a stopped group got no message before the loss', () => {
    const watcher = new Watcher()
    const lost = found(9 * HOUR, gone(-9 * HOUR, stopped(7 * HOUR, { group: 'lost' })))
    watcher.tell(0, [], { policy: owned })
    expect(watcher.see(2 * HOUR, [stopped(7 * HOUR, { group: 'lost' })], { policy: owned })).toHaveLength(1)
    watcher.see(9 * HOUR, [lost], { policy: owned })
    expect(watcher.incidents).toEqual(['deadline last closed: lost'])
    expect(told(watcher.tell(DAY, [lost], { policy: owned }))).toEqual(['post digest: lost loss-stopped'])
  })

  test('if a message reported an earlier loss of the same group', () => {
    const watcher = new Watcher()
    const near = stopped(7 * HOUR, { group: 'lost' })
    const again = stopped(9 * DAY, { group: 'lost', offset: 70n })
    watcher.tell(0, [], { policy: owned })
    watcher.tell(2 * HOUR, [near], { policy: owned })
    watcher.tell(9 * HOUR, [found(9 * HOUR, gone(-9 * HOUR, near))], { policy: owned })
    expect(told(watcher.tell(DAY, [again], { policy: owned }))).toEqual([])
    const lost = found(2 * DAY - HOUR, gone(HOUR - 2 * DAY, again, 'deleted'))
    expect([2, 3].map(day => told(watcher.tell(day * DAY, [lost], { policy: owned })))).toEqual([
      ['post digest: lost loss-stopped'],
      [],
    ])
  })
})
