import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { DueMessage } from '../../../functions/core/alerts/message.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { PolicySettings } from '../../../functions/core/model/settings.ts'
import { aCommit, gone, guarded, now, policy, reset, stopped, unknownAge } from '../../builders/commits.ts'
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
  const told = [
    ...notice.entries.map(each => `${each.group} ${each.case}`),
    ...notice.neverCommitted.map(each => `${each.group} never committed ${each.topic}`),
  ]
  return `${verb} digest${where}: ${told.join(', ')}`
}
const shorts = (due: DueMessage[]) => due.map(short)

describe('many incidents that begin together', () => {
  test('are one message above ten, with the ten most urgent', () => {
    const [summary] = new Watcher().tell(0, near(47).reverse())
    expect(summary && short(summary)).toBe('post 47 of 47 deadline')
    const notice = summary?.message.notice
    const worst = notice?.type === 'summary' ? notice.worst : []
    expect(worst.map(({ incident }) => incident.group)).toEqual(groups(10))
  })

  test('are messages of their own up to ten', () => {
    expect(shorts(new Watcher().tell(0, near(10)))).toEqual(Array(10).fill('post expiring'))
  })

  test('of a first run on a cluster with 500 neglected groups are one message', () => {
    const neglected = groups(500).map(group => stopped(-DAY, { group }))
    const watcher = new Watcher()
    expect(shorts(watcher.tell(0, neglected))).toEqual(['post 500 of 500 deadline'])
    expect(shorts(watcher.tell(HOUR, neglected))).toEqual([])
  })

  test('come before groups of unknown age, which are in no hurry', () => {
    const watcher = new Watcher()
    const commits = [...near(11), unknownAge({ group: 'x' })]
    expect(shorts(watcher.tell(0, commits))).toEqual(['post 11 of 11 deadline'])
    expect(shorts(watcher.tell(HOUR, commits))).toEqual(['post unknown-age'])
  })

  test('have each a message of its own at the next crossing, and again one above ten', () => {
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

  test('and all come nearer together leave no message that says they are as they were', () => {
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

  test('are promised another message until all are at their last level', () => {
    const isLast = (left: number) => {
      const [due] = new Watcher().tell(0, near(12, left))
      return due?.message.notice.type === 'summary' && due.message.notice.isLastWord
    }
    expect([2 * DAY, 6 * HOUR - 60_000, HOUR].map(isLast)).toEqual([false, false, true])
  })

  test('change the number in their message as they end, and say when none is left', () => {
    const watcher = new Watcher()
    watcher.tell(0, near(12))
    expect(shorts(watcher.tell(HOUR, [...near(3), ...near(12, far).slice(3)]))).toEqual([
      'edit 3 of 12 deadline',
    ])
    expect(shorts(watcher.tell(2 * HOUR, near(12, far)))).toEqual(['edit 0 of 12 deadline'])
    expect(watcher.tell(8 * DAY + HOUR, near(12, 20 * DAY))).toEqual([])
    expect(watcher.state.summaries).toEqual([])
  })

  test('and were lost are one message with mention, and each is told of when it begins anew', () => {
    const watcher = new Watcher()
    const [first, ...others] = losses(30)
    if (!first) throw new Error('there are none')
    expect(shorts(watcher.tell(0, [first, ...others]))).toEqual(['post 30 of 30 loss mention'])
    const anew = reset(-HOUR, aCommit(far, { group: first.group }), { seenAt: first.seenAt })
    expect(shorts(watcher.tell(HOUR, [anew, ...others]))).toEqual([
      'post loss',
      'edit 29 of 30 loss',
      'post reply',
    ])
  })

  test('waited for Slack and became many are one message', () => {
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

  test('count what is many by channel', () => {
    const commits = [...near(10), ...near(33).slice(11)]
    expect(shorts(new Watcher().tell(0, commits, routed)).sort()).toEqual([
      'post 19 of 19 deadline',
      ...Array(3).fill('post expiring in #one'),
      ...Array(10).fill('post expiring in #zero'),
    ])
  })
})

/** Digests are at 8:00, and `now` is too: so an hour later is in the same day, and a day later the next one. */
describe('the daily digest', () => {
  const atRisk = [
    stopped(2 * DAY, { group: 'a-stopped' }),
    gone(-HOUR, stopped(0, { group: 'b-lost' })),
    gone(-HOUR, aCommit(0, { group: 'c-deleted' }), 'topic-deleted'),
    guarded(-HOUR, { group: 'd-protected' }),
    aCommit(20 * DAY, { group: 'e-safe' }),
  ]

  test('has what is at risk without being urgent, once a day, and not again while it would say the same', () => {
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    expect(watcher.tell(HOUR, atRisk)).toEqual([])
    expect(shorts(watcher.tell(DAY, atRisk))).toEqual([
      'post digest: b-lost loss-stopped, c-deleted topic-deleted, a-stopped stopped, d-protected protected',
    ])
    expect(watcher.tell(DAY + HOUR, atRisk)).toEqual([])

    // What went is no news any more.
    const later = [stopped(4 * DAY, { group: 'a-stopped' }), ...atRisk.slice(1)]
    expect(shorts(watcher.tell(2 * DAY, later))).toEqual([
      'post digest: a-stopped stopped, d-protected protected',
    ])
    expect(watcher.tell(3 * DAY, later)).toEqual([])
  })

  test('has what stepped back while its group had members, once for each step', () => {
    const steppedBack = (ago: number, changes: Partial<Commit> = {}) =>
      reset(ago, guarded(20 * DAY, changes), { reason: 'moved-back', offset: 90n, resetTo: 0n })
    const running = (ago: number) => steppedBack(ago, { group: 'b-running' })
    const others = [
      steppedBack(-HOUR, { group: 'a-empty', state: 'Empty' }),
      steppedBack(3 * DAY, { group: 'c-long-ago' }),
      aCommit(20 * DAY, { group: 'd-safe' }),
    ]
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    expect(shorts(watcher.tell(DAY, [...others, running(-HOUR)]))).toEqual([
      'post digest: b-running moved-back',
    ])
    expect(watcher.tell(DAY + HOUR, [...others, running(-HOUR)])).toEqual([])
    expect(shorts(watcher.tell(2 * DAY, [...others, running(-DAY - HOUR)]))).toEqual([
      'post digest: b-running moved-back',
    ])
    expect(watcher.tell(3 * DAY, [...others, running(-DAY - HOUR)])).toEqual([])
  })

  test('with a new loss is posted, also if it lists the same groups as the day before', () => {
    const lost = (ago: number) => [
      stopped(3 * DAY, { group: 'a-stopped' }),
      gone(ago, stopped(0, { group: 'b-lost' })),
    ]
    const watcher = new Watcher()
    expect(watcher.tell(0, [])).toEqual([])
    const digest = 'post digest: b-lost loss-stopped, a-stopped stopped'
    expect(shorts(watcher.tell(DAY, lost(-HOUR)))).toEqual([digest])
    expect(shorts(watcher.tell(2 * DAY, lost(-DAY - HOUR)))).toEqual([digest])
  })

  test('is none where there is nothing to tell', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    expect(watcher.tell(DAY, [aCommit(far)])).toEqual([])
  })

  test('leaves out what has a message of its own', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    expect(shorts(watcher.tell(DAY, [stopped(DAY + HOUR)]))).toEqual(['post expiring'])
    expect(shorts(watcher.tell(2 * DAY, [stopped(DAY + HOUR)]))).toEqual([])
  })

  test('is due until Slack has it', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const stoppedOnes = [stopped(2.5 * DAY)]
    expect(watcher.see(DAY, stoppedOnes)).toHaveLength(1)
    expect(shorts(watcher.tell(DAY + HOUR, stoppedOnes))).toEqual(['post digest: app stopped'])
  })

  test('names what members own and never committed, once for as long as it stays so', () => {
    const watcher = new Watcher()
    const entry = { topic: 'orders', partitions: [0, 1], since: now - DAY }
    const neverCommitted = ['x1', 'y', 'z'].map(group => ({ ...entry, group }))
    const ignore = [{ pattern: 'z', reason: 'a test', until: undefined }]
    const changes = { policy: { ...routed.policy, ignore }, neverCommitted }
    expect(watcher.tell(0, [], changes)).toEqual([])
    expect(shorts(watcher.tell(DAY, [], changes)).sort()).toEqual([
      'post digest in #one: x1 never committed orders',
      'post digest: y never committed orders',
    ])
    expect(watcher.tell(2 * DAY, [], changes)).toEqual([])
    const another = [...neverCommitted, { ...entry, group: 'y', topic: 'returns' }]
    expect(shorts(watcher.tell(3 * DAY, [], { ...changes, neverCommitted: another }))).toEqual([
      'post digest: y never committed orders, y never committed returns',
    ])
  })

  test('goes to each channel with what it hears of', () => {
    const watcher = new Watcher()
    watcher.tell(0, [])
    const commits = ['g001', 'x1', 'y'].map(group => stopped(2 * DAY, { group }))
    expect(shorts(watcher.tell(DAY, commits, routed)).sort()).toEqual([
      'post digest in #one: x1 stopped',
      'post digest in #zero: g001 stopped',
      'post digest: y stopped',
    ])
  })
})

describe('whether it needs offsets at all', () => {
  /** What each step tells of it: how often the same partition has begun anew; undefined where there is no message. */
  const asked = (watcher: Watcher, steps: [days: number, Commit[]][]) =>
    steps.map(([days, commits]) => {
      const notices = watcher.tell(days * DAY, commits).map(({ message }) => message.notice)
      return notices.find(notice => notice.type === 'loss')?.resets
    })
  const begunAnew = (days: number, partition = 0) => reset(-days * DAY, aCommit(60 * DAY, { partition }))
  const stillGone = (days: number, partition = 0) => gone(-days * DAY, aCommit(0, { partition }))

  test('is asked of a group that began anew at every loss, and was never put back', () => {
    const steps = [0, 8, 16].map((days): [number, Commit[]] => [days, [begunAnew(days)]])
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
      'began anew on one partition, then on another one',
      [
        [0, [begunAnew(0)]],
        [1, [begunAnew(0), begunAnew(1, 1)]],
      ],
    ],
    [
      'began anew, and has now lost that',
      [
        [0, [begunAnew(0)]],
        [8, [stillGone(8)]],
      ],
    ],
  ])('is not asked of one that %s', (_, steps) => {
    expect(asked(new Watcher(), steps)).toEqual([0, 0])
  })

  test('is not asked where somebody has acknowledged a loss, and may have put it back', () => {
    const watcher = new Watcher()
    expect(asked(watcher, [[0, [begunAnew(0)]]])).toEqual([0])
    watcher.state = acknowledge(watcher.state, 'app', now).state
    expect(asked(watcher, [[8, [begunAnew(8)]]])).toEqual([0])
  })
})
