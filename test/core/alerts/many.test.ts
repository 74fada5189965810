import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { DueMessage } from '../../../functions/core/alerts/message.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { PolicySettings } from '../../../functions/core/model/settings.ts'
import { aCommit, gone, now, owned, policy, reset, stopped, unknownAge } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'

const far = 6 * DAY
const groups = (count: number) => Array.from({ length: count }, (_, i) => `g${String(i).padStart(3, '0')}`)
const near = (count: number, left = 2 * DAY) =>
  groups(count).map((group, i) => aCommit(left + i * 60_000, { group }))
const losses = (count: number) => groups(count).map(group => gone(0, aCommit(0, { group })))

function short({ edits, message: { notice, route } }: DueMessage): string {
  const verb = edits ? 'edit' : 'post'
  const where = route ? ` in ${route.channel}` : ''
  if (notice.type === 'summary') {
    return `${verb} ${notice.open} of ${notice.total} ${notice.kind}${notice.mention ? ' mention' : ''}${where}`
  }
  if (notice.type !== 'digest') return `${verb} ${notice.type}${where}`
  return `${verb} digest${where}: ${notice.entries.map(each => `${each.group} ${each.case}`).join(', ')}`
}
const shorts = (due: DueMessage[]) => due.map(short)

describe('many incidents that begin together', () => {
  test('share one message if there are more than ten, the most urgent first', () => {
    const [summary] = new Watcher().tell(0, near(47).reverse())
    expect(summary && short(summary)).toBe('post 47 of 47 deadline')
    const notice = summary?.message.notice
    const worst = notice?.type === 'summary' ? notice.worst : []
    expect(worst.map(({ incident }) => incident.group)).toEqual(groups(47))
  })

  test('have separate messages up to ten', () => {
    expect(shorts(new Watcher().tell(0, near(10)))).toEqual(Array(10).fill('post expiring'))
  })

  test('share one message on the first run in a cluster with 500 neglected groups', () => {
    const neglected = groups(500).map(group => stopped(-DAY, { group }))
    const watcher = new Watcher()
    const toOwner = { policy: owned }
    expect(shorts(watcher.tell(0, neglected, toOwner))).toEqual(['post 500 of 500 deadline in undefined'])
    expect(shorts(watcher.tell(HOUR, neglected, toOwner))).toEqual([])
  })

  test('are posted before groups of unknown age, which are not urgent', () => {
    const watcher = new Watcher()
    const commits = [...near(11), unknownAge({ group: 'x' })]
    expect(shorts(watcher.tell(0, commits))).toEqual(['post 11 of 11 deadline'])
    expect(shorts(watcher.tell(HOUR, commits))).toEqual(['post unknown-age'])
  })

  test('have separate messages at the next level if few reach it, and a summary if more than ten do', () => {
    const watcher = new Watcher()
    const all = [...near(4, DAY + HOUR), ...near(20).slice(4)]
    watcher.tell(0, all)
    expect(shorts(watcher.tell(2 * HOUR, all))).toEqual([
      ...Array(4).fill('post expiring'),
      'edit 16 of 20 deadline',
    ])
    expect(shorts(watcher.tell(DAY + HOUR, all))).toEqual([
      'edit 0 of 20 deadline',
      'post 16 of 16 deadline',
      ...Array(4).fill(['edit expiring', 'post expiring']).flat(),
    ])
  })

  test('have a new summary when all reach the next level, and the old one says that none is left', () => {
    const watcher = new Watcher()
    const toTeam = {
      policy: { ...policy, routes: [{ pattern: 'g*', channel: '#team', mention: undefined }] },
    }
    watcher.tell(0, near(20), toTeam)
    expect(shorts(watcher.tell(DAY + HOUR, near(20), toTeam))).toEqual([
      'edit 0 of 20 deadline in #team',
      'post 20 of 20 deadline in #team',
    ])
    expect(watcher.tell(DAY + 2 * HOUR, near(20), toTeam)).toEqual([])
    expect(watcher.state.summaries).toHaveLength(1)
  })

  test('are promised another message until all of them are at the last level', () => {
    const isLast = (left: number) => {
      const [due] = new Watcher().tell(0, near(12, left))
      return due?.message.notice.type === 'summary' && due.message.notice.isLastWord
    }
    expect([2 * DAY, 6 * HOUR - 60_000, HOUR].map(isLast)).toEqual([false, false, true])
  })

  test('share a message that counts down as they end, and says when none is left', () => {
    const watcher = new Watcher()
    watcher.tell(0, near(12))
    expect(shorts(watcher.tell(HOUR, [...near(3), ...near(12, far).slice(3)]))).toEqual([
      'edit 3 of 12 deadline',
    ])
    expect(shorts(watcher.tell(2 * HOUR, near(12, far)))).toEqual(['edit 0 of 12 deadline'])
    expect(watcher.tell(8 * DAY + HOUR, near(12, 20 * DAY))).toEqual([])
    expect(watcher.state.summaries).toEqual([])
  })

  test('share one message with a mention if they are losses; a loss has its own message after a reset', () => {
    const watcher = new Watcher()
    const [first, ...others] = losses(30)
    if (!first) throw new Error('there are none')
    expect(shorts(watcher.tell(0, [first, ...others]))).toEqual(['post 30 of 30 loss mention'])
    const recommitted = reset(-HOUR, aCommit(far, { group: first.group }), { seenAt: first.seenAt })
    expect(shorts(watcher.tell(HOUR, [recommitted, ...others]))).toEqual([
      'post loss',
      'edit 29 of 30 loss',
      'post reply',
    ])
  })

  test('share one message if they became many while Slack was away', () => {
    const watcher = new Watcher()
    watcher.see(0, near(8))
    expect(shorts(watcher.tell(HOUR, near(16)))).toEqual(['post 16 of 16 deadline'])
  })
})

const routes: PolicySettings['routes'] = [
  { pattern: 'g00*', channel: '#zero', mention: undefined },
  { pattern: '*1', channel: '#one', mention: undefined },
]
const routed = { policy: { ...policy, routes } }

describe('routes', () => {
  test('send a group to the channel of the first pattern that matches', () => {
    const commits = ['g001', 'x1', 'y'].map(group => aCommit(2 * DAY, { group }))
    expect(shorts(new Watcher().tell(0, commits, routed))).toEqual([
      'post expiring in #zero',
      'post expiring in #one',
      'post expiring',
    ])
  })

  test('decide by channel whether incidents share a message', () => {
    const commits = [...near(10), ...near(33).slice(11)]
    expect(shorts(new Watcher().tell(0, commits, routed)).sort()).toEqual([
      'post 19 of 19 deadline',
      ...Array(3).fill('post expiring in #one'),
      ...Array(10).fill('post expiring in #zero'),
    ])
  })
})

describe('the question whether a group needs its offsets', () => {
  /**
   * The number of resets of the same partition, as the message of each step counts them; undefined if the step has no
   * message.
   */
  const asked = (watcher: Watcher, steps: [days: number, Commit[]][]) =>
    steps.map(([days, commits]) => {
      const notices = watcher.tell(days * DAY, commits).map(({ message }) => message.notice)
      return notices.find(notice => notice.type === 'loss')?.resets
    })
  const startedOver = (days: number, partition = 0) => reset(-days * DAY, aCommit(60 * DAY, { partition }))
  const stillGone = (days: number, partition = 0) => gone(-days * DAY, aCommit(0, { partition }))

  test('is asked if the group started over after every loss, and was never restored', () => {
    const steps = [0, 8, 16].map((days): [number, Commit[]] => [days, [startedOver(days)]])
    expect(asked(new Watcher(), steps)).toEqual([0, 2, 3])
  })

  test.each<[string, [number, Commit[]][]]>([
    [
      'lost one partition, then another one, and both are gone',
      [
        [0, [stillGone(0)]],
        [1, [stillGone(0), stillGone(1, 1)]],
      ],
    ],
    [
      'started over on one partition, then on another one',
      [
        [0, [startedOver(0)]],
        [1, [startedOver(0), startedOver(1, 1)]],
      ],
    ],
    [
      'started over, and has lost its offset again since',
      [
        [0, [startedOver(0)]],
        [8, [stillGone(8)]],
      ],
    ],
  ])('is not asked of a group that %s', (_, steps) => {
    expect(asked(new Watcher(), steps)).toEqual([0, 0])
  })

  test('is not asked once somebody has acknowledged a loss, and may have restored the offset', () => {
    const watcher = new Watcher()
    expect(asked(watcher, [[0, [startedOver(0)]]])).toEqual([0])
    watcher.state = acknowledge(watcher.state, 'app', now).state
    expect(asked(watcher, [[8, [startedOver(8)]]])).toEqual([0])
  })
})
