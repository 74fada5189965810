import { describe, expect, test } from '@jest/globals'
import type { ExpiringNotice } from '../../../functions/core/alerts/notice.ts'
import type { BrokerRetention, Commit } from '../../../functions/core/model/commit.ts'
import { colour, headline, said } from './said.ts'
import { commit, DAY, exactCommit, expiring, HOUR, MINUTE, now, sevenDays, takenAt } from './samples.ts'

/** A typed classic group without members, which were last seen five days ago. */
const empty: Partial<Commit> = (() => {
  const emptySince = { earliest: now - 5 * DAY, latest: now - 5 * DAY + 15 * MINUTE }
  const deadline = { earliest: emptySince.earliest + 7 * DAY, latest: emptySince.latest + 7 * DAY }
  return { kind: 'classic', rule: 'classic-empty', emptySince, clockStart: emptySince, deadline }
})()

const running: Partial<Commit> = {
  kind: 'consumer',
  state: 'Stable',
  rule: 'consumer-guarded',
  clockStart: null,
  deadline: null,
}

describe('offsets that may expire', () => {
  const worst = exactCommit(now - 7 * DAY + 5 * HOUR + 41 * MINUTE)

  test.each<[string, Commit[], Partial<ExpiringNotice>, string, string]>([
    [
      'a deadline with a lower bound',
      [commit()],
      {},
      'amber',
      '🟠 payments-v1 on prod may lose 1 committed offset in 2 days 23 hours at the earliest (27 Nov 15:00).',
    ],
    [
      'an exact deadline',
      [worst, commit()],
      { level: 'second' },
      'amber',
      '🟠 payments-v1 on prod may lose 2 committed offsets in 5 hours 41 minutes (24 Nov 21:41).',
    ],
    [
      'the last level',
      [worst],
      { level: 'last', slot: 'last', mention: true },
      'red',
      '🔴 Last call: payments-v1 on prod may lose 1 committed offset in 5 hours 41 minutes (24 Nov 21:41). @here',
    ],
    [
      'a deadline within the clock skew',
      [exactCommit(now - 7 * DAY + 36_000)],
      { level: 'last' },
      'red',
      '🔴 payments-v1 on prod may lose 1 committed offset in 36 seconds (24 Nov 16:00).',
    ],
    [
      'a deadline that has passed',
      [commit({ deadline: { earliest: now - HOUR, latest: now + DAY } })],
      { level: 'last' },
      'red',
      '🔴 payments-v1 on prod may lose 1 committed offset at any moment: the deadline was 24 Nov 15:00.',
    ],
    [
      'nothing to lose',
      [commit({ logStart: 48113n })],
      { harmless: true, level: 'last' },
      'amber',
      '🟠 payments-v1 on prod may lose 1 committed offset in 2 days 23 hours at the earliest (27 Nov 15:00), but no records, because the log is empty there.',
    ],
    [
      'a stopped group',
      [commit(empty)],
      { cause: 'stopped', level: 'last' },
      'amber',
      '🟠 payments-v1 on prod, which has stopped, may lose 1 committed offset in 2 days at the earliest (26 Nov 16:00).',
    ],
    [
      'an offset beyond the log',
      [commit({ ...running, logEnd: 12n })],
      { cause: 'beyond-log-end', level: null },
      'amber',
      '🟠 payments-v1 on prod has 1 committed offset beyond the end of the log, so the next start resets the group.',
    ],
    [
      'an offset beyond the log, near its deadline, and another one',
      [commit({ logEnd: 12n }), commit({ partition: 4 })],
      { cause: 'beyond-log-end' },
      'amber',
      '🟠 payments-v1 on prod has 1 committed offset beyond the end of the log, so the next start resets the group. Kafka may delete that offset in 2 days 23 hours at the earliest (27 Nov 15:00).',
    ],
  ])('%s', (_, commits, changes, bar, words) => {
    const notice = expiring(commits, changes)

    expect(headline(notice)).toBe(words)
    expect(colour(notice)).toBe(bar)
  })

  test('are listed with their lag', () => {
    const commits = [
      exactCommit(now - 6 * DAY, { partition: 0 }),
      commit({ partition: 1, logEnd: 49_113n }),
      commit({ partition: 2, logStart: 50_000n, logEnd: 60_000n }),
      commit({ partition: 3, ...running, logEnd: 12n }),
      commit({ partition: 4, logStart: null, logEnd: null }),
    ]

    expect(said(expiring(commits))).toContain(
      [
        '▌ Partitions, most urgent first:',
        '▌ • orders.events 0: offset 48113 · lag 0 · expires 25 Nov 16:00',
        '▌ • orders.events 1: offset 48113 · lag at most 1,000 · expires not before 27 Nov 15:00',
        '▌ • orders.events 2: offset 48113 · lag at most 11,887 · below the log start 50000 · expires not before 27 Nov 15:00',
        '▌ • orders.events 3: offset 48113 · beyond the log end 12',
        '▌ • orders.events 4: offset 48113 · expires not before 27 Nov 15:00',
        '▌',
      ].join('\n'),
    )
  })

  test('are listed up to the ten most urgent', () => {
    const commits = Array.from({ length: 47 }, (_, partition) => commit({ partition }))

    const text = said(expiring(commits))

    expect(text).toContain('orders.events 9:')
    expect(text).not.toContain('orders.events 10:')
    expect(text).toContain('…and 37 more')
  })

  test.each<[string, Commit, string]>([
    [
      'an observed change',
      commit(),
      'Evidence, observed: the last commit was no earlier than 20 Nov 15:00, and the offset is unchanged since 20 Nov 15:15.',
    ],
    ['a commit in the log', exactCommit(now - DAY), 'Evidence, exact: last commit 23 Nov 16:00.'],
    [
      'observed members',
      commit(empty),
      'Evidence, observed: the group had members until at least 19 Nov 16:00.',
    ],
    [
      'an outlived retention',
      commit({ renewedAt: now }),
      'Evidence, observed: the offset outlived its retention, so the same offset must have been committed again after 20 Nov 15:00.',
    ],
    [
      'an outlived retention without members',
      commit({ ...empty, renewedAt: now }),
      'Evidence, observed: the offset outlived its retention, so members must have come and gone after 19 Nov 16:00.',
    ],
    [
      'no observed change',
      commit({ evidence: 'unknown', clockStart: { earliest: null, latest: now } }),
      'Evidence, unknown: the offset has not changed since it was first seen, 25 Oct 16:00.',
    ],
    [
      'an expiry in the commit',
      exactCommit(now, { expiresAt: now + DAY }),
      'Evidence, exact: the commit expires 25 Nov 16:00.',
    ],
    ['a guard', commit(running), 'Evidence, observed: the retention clock is stopped.'],
  ])('have evidence: %s', (_, one, words) => {
    expect(said(expiring([one]))).toContain(words)
  })

  test.each<[Partial<BrokerRetention>, string]>([
    [{}, 'Retention: 7 days, as set on broker 2.'],
    [
      { source: 'settings', retention: 14 * DAY },
      'Retention: 14 days, from the settings, because broker 2 does not show its value.',
    ],
    [
      { source: 'default' },
      'Retention: 7 days, Kafka’s default, because broker 2 does not show its value and the settings have none.',
    ],
    [{ retention: null }, 'Retention: unlimited, as set on broker 2.'],
    [{ broker: -1 }, 'Retention: unknown, because the watchdog has not read the group’s coordinator.'],
  ])('name the source of the retention: %j', (changes, words) => {
    expect(said(expiring([commit()], { retention: { ...sevenDays, ...changes } }))).toContain(words)
  })

  test.each<[Commit['rule'], string]>([
    [
      'simple',
      'If a consumer assigns its partitions by hand, Kafka deletes each offset 7 days after its last commit, even while the consumer runs.',
    ],
    [
      'classic-empty',
      'deletes all offsets of this group 7 days after its last member left. Commits do not extend this time.',
    ],
    [
      'classic-unsubscribed',
      'does not subscribe to this topic, so Kafka deletes the offset 7 days after its last commit.',
    ],
    ['consumer-empty', 'has no members, so Kafka deletes each offset 7 days after its last commit'],
    ['explicit', 'The commit itself set its time of expiry'],
    ['classic-guarded', 'deletes them 7 days after the last member left.'],
    ['streams-guarded', 'Without such members, Kafka deletes the offset 7 days after its last commit.'],
    ['pending', 'An open transaction holds this offset.'],
  ])('explain the rule: %s', (rule, words) => {
    expect(said(expiring([commit({ rule })]))).toContain(words)
  })

  test.each<[string, Commit, Partial<ExpiringNotice>, string]>([
    ['a quiet topic', commit(), {}, 'commit its position on a timer'],
    ['unread records', commit({ logEnd: 50_000n }), {}, 'Check that the consumer is running'],
    ['one marker after the offset', commit({ logEnd: 48_114n }), {}, 'commit its position on a timer'],
    [
      'one marker after the offset, or a record',
      commit({ logEnd: 48_114n }),
      {},
      'The consumer may have unread records',
    ],
    ['a log that could not be read', commit({ logEnd: null }), {}, 'The consumer may have unread records'],
    [
      'nothing to lose',
      commit({ logStart: 48113n }),
      { harmless: true },
      'Nothing is urgent, and this incident does not escalate',
    ],
    [
      'assign() in a typed group',
      commit(empty),
      { cause: 'assign-while-empty' },
      'What to do: Commits do not help',
    ],
    ['a stopped group', commit(empty), { cause: 'stopped' }, 'Start the consumer before the deadline'],
    [
      'a topic that the consumer has left',
      commit({ rule: 'consumer-unsubscribed' }),
      { cause: 'stopped' },
      'Nothing, if the consumer left this topic on purpose.',
    ],
    [
      'an offset beyond the log',
      commit({ ...running, logEnd: 12n }),
      { cause: 'beyond-log-end' },
      'Decide where the consumer has to continue',
    ],
  ])('come with advice: %s', (_, one, changes, words) => {
    expect(said(expiring([one], changes))).toContain(words)
  })

  test.each<[string, Commit[], string]>([
    [
      'no unread records',
      [commit()],
      'If lost: auto.offset.reset decides: earliest reads at most 47,113 records again, latest skips no records.',
    ],
    [
      'several partitions',
      [commit({ logEnd: 48_120n }), commit({ logEnd: 48_121n })],
      'earliest reads at most 94,226 records again, latest skips at most 15 records.',
    ],
    ['an empty log', [commit({ logStart: 48113n })], 'If lost: no harm now: the log is empty at the offset'],
    [
      'deleted records',
      [commit({ logStart: 50_000n, logEnd: 50_010n })],
      'earliest reads no records again, latest skips at most 10 records; the topic’s own retention has deleted at most 1,887 records unread.',
    ],
    [
      'an offset beyond the log',
      [commit({ logEnd: 12n })],
      'If lost: 1 offset beyond the end of the log, where no consumer can resume.',
    ],
    [
      'a log that could not be read',
      [commit(), commit({ logEnd: null })],
      'skips no records; 1 partition not counted, because the log could not be read.',
    ],
  ])('say what a loss would cost: %s', (_, commits, words) => {
    expect(said(expiring(commits))).toContain(words)
  })

  test.each<[string, number, Partial<ExpiringNotice>, string]>([
    [
      'no snapshot for hours',
      takenAt - 3 * HOUR,
      { takenAt: takenAt - 3 * HOUR },
      '⚠ The newest snapshot is 3 hours 2 minutes old',
    ],
    [
      'a coordinator out of reach',
      now - 3 * HOUR,
      {},
      'The watchdog last read the group 24 Nov 13:00, 3 hours ago.',
    ],
  ])('say how old the knowledge is: %s', (_, seenAt, changes, words) => {
    expect(said(expiring([commit({ seenAt })], changes))).toContain(words)
    expect(said(expiring([commit()]))).not.toContain('⚠')
  })
})
