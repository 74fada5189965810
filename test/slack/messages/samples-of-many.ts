import type { Trouble } from '../../../functions/core/alerts/alert-state.ts'
import type {
  DigestEntry,
  DigestNotice,
  NeverCommittedNotice,
  Notice,
  SummaryNotice,
} from '../../../functions/core/alerts/notice.ts'
import type { PreviousCommit } from '../../../functions/core/model/commit.ts'
import { commit, DAY, exactCommit, expiring, incident, lost, MINUTE, now, takenAt } from './samples.ts'

/** Samples of messages about many groups, or about none. */

const shops = ['cart', 'stock', 'mail', 'audit', 'price', 'search', 'refund', 'invoice', 'label', 'returns']

export const summary = (changes: Partial<SummaryNotice> = {}): SummaryNotice => ({
  type: 'summary',
  kind: 'deadline',
  cluster: 'prod',
  id: '5a1d90ff',
  takenAt,
  now,
  mention: false,
  total: 47,
  open: 47,
  isLastWord: false,
  worst: Array.from({ length: 10 }, (_, i) =>
    expiring([commit(), commit({ partition: 4 })], {
      incident: incident({ group: `shop-${shops[i]}` }),
      cause: i % 2 === 0 ? 'simple' : 'stopped',
    }),
  ),
  ...changes,
})

const steppedBack: PreviousCommit = {
  offset: 90n,
  topicId: null,
  leaderEpoch: null,
  metadata: '',
  seenAt: now - 17 * MINUTE,
  reason: 'moved-back',
  lostBy: now,
  resetTo: 0n,
  foundInState: 'Stable',
}

export const entry = (digestCase: DigestEntry['case'], group: string, worst = commit()): DigestEntry => ({
  case: digestCase,
  group,
  partitions: 2,
  worst,
  owner: null,
  lastMember: null,
})

export const digest = (changes: Partial<DigestNotice> = {}): DigestNotice => ({
  type: 'digest',
  cluster: 'prod',
  takenAt,
  now,
  dueAt: now,
  every: 'day',
  ignored: null,
  neverCommitted: [
    {
      group: 'audit-v1',
      topic: 'orders.events',
      partitions: [0, 4],
      since: now - 2 * DAY,
      owner: null,
    },
  ],
  entries: [
    entry('stopped', 'nightly-report', exactCommit(now - 5 * DAY)),
    entry('loss-stopped', 'old-importer', lost({ kind: 'gone' }).commit),
    entry('topic-deleted', 'spike-test', lost({ kind: 'gone' }, { topic: 'spike.test' }).commit),
    entry('protected', 'price-cache'),
    entry('moved-back', 'replayed', commit({ previousCommit: steppedBack })),
  ],
  ...changes,
})

export const neverCommitted = (changes: Partial<NeverCommittedNotice> = {}): NeverCommittedNotice => ({
  type: 'never-committed',
  cluster: 'prod',
  owner: null,
  lastMember: null,
  incident: incident({ kind: 'never-committed', group: 'audit-v1', level: null }),
  takenAt,
  now,
  mention: false,
  resolved: null,
  entries: [{ group: 'audit-v1', topic: 'orders.events', partitions: [0, 4], since: now - 2 * DAY }],
  ...changes,
})

export const trouble = (changes: Partial<Trouble> = {}): Notice => ({
  type: 'trouble',
  cluster: 'prod',
  trouble: { kind: 'silent', since: now, over: null, details: [], ...changes },
  slot: 'parent',
  takenAt,
  now: now + 43 * MINUTE,
  interval: 15 * MINUTE,
})
