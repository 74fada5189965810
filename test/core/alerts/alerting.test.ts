import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import { workingHoursOf } from '../../../functions/core/model/working-hours.ts'
import {
  aCommit,
  assigning,
  gone,
  now,
  owned,
  policy,
  reset,
  stopped,
  unknownAge,
} from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'

/** Time left of a commit that is made half an hour after the first watch. */
const far = 7 * DAY + 30 * MINUTE
const ignored = { policy: { ...policy, ignore: [{ pattern: '*', reason: 'a test', until: undefined }] } }
/** The log is empty at the offset. */
const harmless = { logStart: 50n, logEnd: 50n }

describe('a deadline', () => {
  test('is posted once, and not again while nothing changes', () => {
    const watcher = new Watcher()
    expect(shorts(watcher.tell(0, [aCommit(2 * DAY)]))).toEqual(['post parent first'])
    expect(shorts(watcher.tell(HOUR, [aCommit(2 * DAY)]))).toEqual([])
  })

  test('is edited with a reply at the second level, and has a message with a mention at the last', () => {
    const watcher = new Watcher()
    watcher.tell(0, [aCommit(2 * DAY)])
    expect(shorts(watcher.tell(DAY, [aCommit(2 * DAY)]))).toEqual(['edit parent second', 'broadcast second'])
    expect(shorts(watcher.tell(2 * DAY, [aCommit(2 * DAY)]))).toEqual([
      'edit parent last',
      'post last last mention',
    ])
    expect(shorts(watcher.tell(3 * DAY, [aCommit(2 * DAY)]))).toEqual([])
  })

  test('has one message if it opens at the last level', () => {
    const watcher = new Watcher()
    expect(shorts(watcher.tell(0, [aCommit(HOUR)]))).toEqual(['post parent+last last mention'])
    expect(shorts(watcher.tell(HOUR, [aCommit(HOUR)]))).toEqual([])
  })

  test('is edited and gets one reply when it is over, however often the group commits afterwards', () => {
    const watcher = new Watcher()
    watcher.tell(0, [aCommit(2 * DAY)])
    expect(shorts(watcher.tell(HOUR, [aCommit(far)]))).toEqual([
      'edit parent committed-again',
      'reply closed',
    ])
    expect(shorts(watcher.tell(2 * HOUR, [aCommit(far + HOUR)]))).toEqual([])
  })

  test('is not posted if it was over before it could be posted', () => {
    const watcher = new Watcher()
    watcher.see(0, [aCommit(2 * DAY)])
    expect(watcher.tell(HOUR, [aCommit(far)])).toEqual([])
  })

  test('has one message without a mention, and does not escalate, if the log is empty at the offset', () => {
    const watcher = new Watcher()
    expect(shorts(watcher.tell(0, [aCommit(HOUR, harmless)]))).toEqual(['post parent last'])
    expect(shorts(watcher.tell(HOUR, [aCommit(HOUR, harmless)]))).toEqual([])
  })

  test('escalates as soon as the log has a record to lose', () => {
    const watcher = new Watcher()
    watcher.tell(0, [aCommit(HOUR, harmless)])
    const record = { ...harmless, logEnd: 51n }
    expect(shorts(watcher.tell(HOUR, [aCommit(HOUR, record)]))).toEqual([
      'edit parent last',
      'post last last mention',
    ])
  })

  test('of a stopped group has one message at the last level, without a mention', () => {
    const watcher = new Watcher()
    const tell = (later: number) => watcher.tell(later, [stopped(DAY)], { policy: owned })
    expect(tell(0)).toEqual([])
    expect(shorts(tell(DAY))).toEqual(['post parent last'])
    expect(tell(2 * DAY)).toEqual([])
  })

  test.each([
    ['without an owner', stopped(HOUR), policy],
    ['without unread records', stopped(HOUR, { offset: 100n }), owned],
    ['whose log was not read', stopped(HOUR, { logStart: null, logEnd: null }), owned],
  ])('of a stopped group %s is a line of the digest', (_, commit, rules) => {
    const watcher = new Watcher()
    expect(watcher.tell(0, [commit], { policy: rules })).toEqual([])
    expect(watcher.incidents).toEqual([])
    expect(shorts(watcher.tell(DAY, [commit], { policy: rules }))).toEqual(['post digest of stopped app'])
  })

  test('of a stopped group that was posted is in no digest once its offsets are lost', () => {
    const watcher = new Watcher()
    watcher.tell(0, [stopped(HOUR)], { policy: owned })
    const lost = [gone(-2 * HOUR, stopped(HOUR))]
    expect(shorts(watcher.tell(3 * HOUR, lost, { policy: owned }))).toEqual([
      'edit parent lost',
      'reply closed',
    ])
    expect(watcher.tell(DAY, lost, { policy: owned })).toEqual([])
  })

  test('does not escalate once it is acknowledged, but its loss is posted', () => {
    const watcher = new Watcher()
    watcher.tell(0, [aCommit(2 * DAY)])
    watcher.state = acknowledge(watcher.state, 'app', now).state
    expect(shorts(watcher.tell(2 * DAY, [aCommit(2 * DAY)]))).toEqual([
      'edit parent last',
      'reply acknowledged',
    ])
    expect(shorts(watcher.tell(3 * DAY, [gone(-3 * DAY)]))).toEqual([
      'edit parent lost',
      'reply closed',
      'post loss mention',
      'reply offsets',
    ])
  })

  test('mentions people within the working hours of its route; a loss mentions them at any time', () => {
    const watcher = new Watcher()
    // `now` is a Monday at 8:00 UTC, and the deadline on Thursday at 4:00.
    const hours = workingHoursOf('Mon-Fri 08:00-17:00 UTC')
    const routes = [{ pattern: '*', channel: undefined, mention: undefined, hours }]
    const tell = (later: number, commit = aCommit(68 * HOUR)) =>
      shorts(watcher.tell(later, [commit], { policy: { ...policy, routes } }))
    expect(tell(0)).toEqual(['post parent first'])
    expect(tell(2 * DAY + 7 * HOUR)).toEqual(['edit parent second', 'broadcast second'])
    expect(tell(2 * DAY + 8 * HOUR)).toEqual(['edit parent last', 'post last last mention'])
    expect(tell(69 * HOUR, gone(-69 * HOUR))).toContain('post loss mention')
  })

  test.each([
    ['simple', aCommit(HOUR)],
    ['assign-while-empty', assigning(HOUR)],
    ['beyond-log-end', aCommit(far, { offset: 101n })],
    ['stopped', stopped(HOUR)],
  ])('says that its cause is %s', (cause, commit) => {
    expect(new Watcher().tell(0, [commit], { policy: owned })).toMatchObject([
      { message: { notice: { type: 'expiring', cause } } },
    ])
  })

  test.each([
    ['no partition, if all are gone', [], []],
    ['the partition that is left', [aCommit(far, { partition: 1 })], [1]],
  ])('that ended in a loss lists %s', (_, left, partitions) => {
    const watcher = new Watcher()
    watcher.tell(0, [aCommit(HOUR)])
    const [closed] = watcher.tell(2 * HOUR, [{ ...gone(-2 * HOUR), seenAt: now }, ...left])
    const notice = closed?.message.notice
    if (notice?.type !== 'expiring') throw new Error('the warning was not edited')
    expect(notice.resolved).toBe('lost')
    expect(notice.commits.map(({ commit }) => commit.partition)).toEqual(partitions)
  })

  test('names the partitions at risk, the most urgent first', () => {
    const commits = [4, 1, 2, 3].map((hours, partition) => aCommit(hours * HOUR, { partition }))
    const [due] = new Watcher().tell(0, [...commits, aCommit(far, { partition: 9 })])
    const notice = due?.message.notice
    const partitions = notice?.type === 'expiring' && notice.commits.map(each => each.commit.partition)
    expect(partitions).toEqual([1, 2, 3, 0])
  })
})

describe('a loss', () => {
  test('is posted with a mention, and edited when its outcome changes', () => {
    const watcher = new Watcher()
    const lost = gone(0)
    const rewound = reset(-HOUR, aCommit(far), { seenAt: lost.seenAt })
    expect(shorts(watcher.tell(0, [lost]))).toEqual(['post loss mention', 'reply offsets'])
    expect(shorts(watcher.tell(HOUR, [lost]))).toEqual([])
    expect(shorts(watcher.tell(2 * HOUR, [rewound]))).toEqual(['edit loss', 'broadcast reset'])
    expect(shorts(watcher.tell(3 * HOUR, [{ ...rewound, offset: 60n }]))).toEqual([])
    expect(shorts(watcher.tell(4 * HOUR, [{ ...rewound, offset: 90n }]))).toEqual([
      'edit loss caught-up',
      'reply closed',
    ])
    expect(shorts(watcher.tell(5 * HOUR, [{ ...rewound, offset: 95n }]))).toEqual([])
  })

  test('is posted even if it was over before Slack accepted it', () => {
    const watcher = new Watcher()
    watcher.see(0, [reset(0, aCommit(far))])
    expect(shorts(watcher.tell(HOUR, [reset(0, aCommit(far, { offset: 80n }))]))).toEqual([
      'post loss recovered',
    ])
  })

  test('is not posted if its group is ignored by then', () => {
    const watcher = new Watcher()
    watcher.see(0, [gone(0)])
    expect(watcher.tell(HOUR, [gone(0)], ignored)).toEqual([])
  })

  test('keeps its message when another loss replaces it in the snapshot', () => {
    const watcher = new Watcher()
    watcher.tell(0, [gone(0)])
    expect(shorts(watcher.tell(2 * HOUR, [gone(-2 * HOUR)]))).toEqual(['post loss mention', 'reply offsets'])
  })

  test('says which offset was lost, and what happened to it', () => {
    expect(new Watcher().see(0, [reset(HOUR, aCommit(far))])).toMatchObject([
      {
        message: {
          notice: {
            type: 'loss',
            commits: [
              {
                lost: 80n,
                lastSeenAt: now - 2 * HOUR,
                outcome: { kind: 'rewound', by: 30n },
                impact: { kind: 'reset' },
              },
            ],
          },
        },
      },
    ])
  })
})

describe('two runs at the same time', () => {
  const near = [aCommit(2 * DAY)]

  test('post a message once: it is not due while another run posts it', () => {
    const watcher = new Watcher()
    for (const due of watcher.see(0, near)) watcher.claimed(due, now)
    expect(watcher.see(2 * MINUTE - 1, near)).toEqual([])
  })

  test.each([
    ['a deadline', near, 'post parent first'],
    ['a deadline at its last level', [aCommit(HOUR)], 'post parent+last last mention'],
    ['a loss', [gone(0)], 'post loss mention'],
  ])('post the claimed message of a dead run unchanged: %s', (_, commits, message) => {
    const watcher = new Watcher()
    for (const due of watcher.see(0, commits)) watcher.claimed(due, now)
    expect(shorts(watcher.see(2 * MINUTE, commits))).toEqual([message])
  })

  test('post the claimed last call of a dead run, beside the first message', () => {
    const watcher = new Watcher()
    watcher.tell(0, near)
    const [edit, last] = watcher.see(47 * HOUR, near)
    if (edit) watcher.posted(edit, now + 47 * HOUR)
    if (last) watcher.claimed(last, now + 47 * HOUR)
    expect(watcher.see(47 * HOUR + MINUTE, near)).toEqual([])
    expect(shorts(watcher.see(47 * HOUR + 2 * MINUTE, near))).toEqual(['post last last mention'])
  })

  test('post one message for a claimed deadline that has reached its last level since', () => {
    const watcher = new Watcher()
    for (const due of watcher.see(0, near)) watcher.claimed(due, now)
    expect(shorts(watcher.see(47 * HOUR, near))).toEqual(['post parent+last last mention'])
  })
})

describe('the summary of groups of unknown age', () => {
  test('is posted once, edited when the number changes, and says when it is over', () => {
    const watcher = new Watcher()
    const [a, b] = [unknownAge(), unknownAge({ group: 'b' })]
    expect(shorts(watcher.tell(0, [a, b]))).toEqual(['post 2 of unknown age'])
    expect(shorts(watcher.tell(HOUR, [a, b]))).toEqual([])
    expect(shorts(watcher.tell(2 * HOUR, [a]))).toEqual(['edit 1 of unknown age'])
    expect(shorts(watcher.tell(3 * HOUR, [aCommit(far)]))).toEqual(['edit 0 of unknown age'])
    expect(shorts(watcher.tell(4 * HOUR, [aCommit(far)]))).toEqual([])
  })
})
