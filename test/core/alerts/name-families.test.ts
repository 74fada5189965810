import { describe, expect, test } from '@jest/globals'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { Route } from '../../../functions/core/model/settings.ts'
import { aCommit, gone, guarded, now, policy, stopped, unreadOf } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'
import { aWatcher } from './unread.ts'

const routes: Route[] = [
  { pattern: 'a.*', owner: 'team-a', channel: '#a', mention: undefined },
  { pattern: 'b.*', owner: 'team-b', channel: '#b', mention: undefined },
]
const changes = { policy: { ...policy, routes } }
const tell = (watcher: Watcher, later: number, commits: Commit[]) => watcher.tell(later, commits, changes)

/** A stopped group whose offsets go `left` after the first watch, with unread records. */
const near = (group: string, left: number): Commit => ({ ...stopped(left), group })
const messagesOf = (watcher: Watcher, later: number, commits: Commit[]) =>
  tell(watcher, later, commits).map(({ message, edits }) => {
    const { notice } = message
    if (notice.type !== 'expiring') return notice.type
    const groups = [notice.incident, ...notice.alike].map(
      ({ group, closed }) => `${group}${closed ? ' over' : ''}`,
    )
    return `${edits ? 'edit' : 'post'} ${groups.join(', ')}`
  })

describe('stopped groups of one owner whose names differ only in a random part', () => {
  test('share one message if their deadlines come near in the same run', () => {
    const commits = ['a.it-77ab12cd', 'a.it-90ef34ab', 'a.it-12cd56ef'].map(group => near(group, 5 * HOUR))
    expect(messagesOf(new Watcher(), 0, commits)).toEqual([
      'post a.it-77ab12cd, a.it-90ef34ab, a.it-12cd56ef',
    ])
  })

  test('join the week’s message by an edit, even after its first group has lost its offsets', () => {
    const watcher = new Watcher()
    const first = near('a.it-77ab12cd', 5 * HOUR)
    expect(messagesOf(watcher, 0, [first])).toEqual(['post a.it-77ab12cd'])
    const lost = gone(5 * HOUR, first)
    expect(messagesOf(watcher, 6 * HOUR, [lost])).toContain('edit a.it-77ab12cd over')
    const second = near('a.it-90ef34ab', 3 * DAY)
    expect(messagesOf(watcher, 3 * DAY - 5 * HOUR, [lost, second])).toEqual([
      'edit a.it-77ab12cd over, a.it-90ef34ab',
    ])
    expect(messagesOf(watcher, 3 * DAY + HOUR, [lost, gone(3 * DAY, second)])).toEqual([
      'edit a.it-77ab12cd over, a.it-90ef34ab over',
    ])
  })

  test('have a new message after a week', () => {
    const watcher = new Watcher()
    const lost = gone(5 * HOUR, near('a.it-77ab12cd', 5 * HOUR))
    tell(watcher, 0, [near('a.it-77ab12cd', 5 * HOUR)])
    tell(watcher, 6 * HOUR, [lost])
    expect(messagesOf(watcher, 7 * DAY, [lost, near('a.it-90ef34ab', 7 * DAY + 5 * HOUR)])).toEqual([
      'post a.it-90ef34ab',
    ])
  })

  test('join the week’s summary if more than ten came near in one run', () => {
    const watcher = new Watcher()
    const nightly = (night: number) =>
      Array.from({ length: 12 }, (_, i) => near(`a.it-${night}${String(i).padStart(2, '0')}`, night * DAY))
    expect(shorts(tell(watcher, DAY - 5 * HOUR, nightly(1)))).toEqual(['post summary of 12 deadline'])
    const later = [...nightly(1).map(each => gone(DAY, each)), ...nightly(2)]
    expect(shorts(tell(watcher, 2 * DAY - 5 * HOUR, later))).toEqual(['edit summary of 12 deadline'])
    expect(watcher.state.summaries).toMatchObject([{ total: 24 }])
    expect(tell(watcher, 2 * DAY - 4 * HOUR, later)).toEqual([])
  })

  test('have one message once Slack accepts it, however often that failed before', () => {
    const watcher = new Watcher()
    const commits = ['a.it-1', 'a.it-2'].map(group => near(group, 5 * HOUR))
    expect(watcher.see(0, commits, changes)).toHaveLength(1)
    expect(watcher.see(HOUR, commits, changes)).toHaveLength(1)
    expect(messagesOf(watcher, 2 * HOUR, commits)).toEqual(['post a.it-1, a.it-2'])
  })

  test.each([
    { name: 'are still at risk', unread: unreadOf(20 * HOUR), states: ['records', 'expiring, a.it-2'] },
    { name: 'are read', unread: null, states: ['expiring, a.it-2'] },
  ])(
    'join the message that also states the first group’s unread records, if these $name',
    ({ unread, states }) => {
      const watcher = aWatcher()
      const inUse = guarded(9 * DAY, { group: 'a.it-1', unread: unreadOf(20 * HOUR) })
      tell(watcher, 0, [inUse])
      tell(watcher, HOUR, [{ ...near('a.it-1', 5 * HOUR), unread: inUse.unread }])
      const safe = {
        ...near('a.it-1', 9 * DAY),
        unread: inUse.unread,
        offset: 70n,
        valueSeenAt: now + 2 * HOUR,
      }
      tell(watcher, 2 * HOUR, [safe])
      expect(watcher.incidents).toEqual(['records-deadline second', 'deadline last closed: committed-again'])
      const [edit] = tell(watcher, 3 * HOUR, [{ ...safe, unread }, near('a.it-2', 5 * HOUR)])
      const notice = edit?.message.notice
      const stated = notice?.type === 'both' ? notice.notices : []
      expect(
        stated.map(each =>
          [each.type, ...(each.type === 'expiring' ? each.alike.map(({ group }) => group) : [])].join(', '),
        ),
      ).toEqual(states)
    },
  )

  test('have separate messages if their owners or their names differ', () => {
    const commits = ['a.it-1', 'b.it-1', 'a.report'].map(group => near(group, 5 * HOUR))
    expect(messagesOf(new Watcher(), 0, commits)).toEqual(['post a.it-1', 'post b.it-1', 'post a.report'])
  })
})

test('groups in use have separate messages, whatever their names', () => {
  const commits = ['a.shard-1', 'a.shard-2'].map(group => aCommit(2 * DAY, { group }))
  expect(messagesOf(new Watcher(), 0, commits)).toEqual(['post a.shard-1', 'post a.shard-2'])
})

test('a stopped group has its own message if the other group of its name family runs again', () => {
  const watcher = new Watcher()
  expect(messagesOf(watcher, 0, [near('a.shard-1', 5 * HOUR)])).toEqual(['post a.shard-1'])
  const running = aCommit(9 * DAY, { group: 'a.shard-1', kind: 'classic', state: 'Stable' })
  expect(messagesOf(watcher, DAY, [running, near('a.shard-2', DAY + 5 * HOUR)])).toContain('post a.shard-2')
})
