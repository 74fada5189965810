import type { Incident } from '../../../functions/core/alerts/alert-state.ts'
import type { ExpiringNotice, LossNotice, LostCommit } from '../../../functions/core/alerts/notice.ts'
import type { Outcome } from '../../../functions/core/evidence/loss.ts'
import { impactOf } from '../../../functions/core/impact.ts'
import type { BrokerRetention, Commit } from '../../../functions/core/model/commit.ts'
import { incidentOf } from '../../builders/incidents.ts'
import { commitOf } from '../../builders/snapshots.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export const now = Date.UTC(2026, 10, 24, 16, 0)
export const takenAt = now - 2 * MINUTE

/** A simple group's commit on a quiet topic: last committed between 15:45 and 16:00 four days and an hour ago. */
export function commit(changes: Partial<Commit> = {}): Commit {
  const earliest = now - 4 * DAY - HOUR
  const latest = takenAt + 3000
  return commitOf({
    group: 'payments-v1',
    topic: 'orders.events',
    partition: 3,
    topicId: 'Zk3mDA1mRvWq3y0Pmv8pZw',
    coordinator: 2,
    offset: 48113n,
    leaderEpoch: 7,
    logStart: 1000n,
    logEnd: 48113n,
    clockStart: { earliest, latest },
    deadline: { earliest: earliest + 7 * DAY, latest: latest + 7 * DAY },
    firstSeenAt: now - 30 * DAY,
    valueSeenAt: earliest + 15 * MINUTE,
    seenFrom: takenAt,
    seenAt: takenAt + 3000,
    committed: { earliest, latest },
    runningFrom: now - 30 * DAY,
    ...changes,
  })
}

/** The same commit in exact mode: clock start and deadline are each one moment. */
export function exactCommit(lastCommit: number, changes: Partial<Commit> = {}): Commit {
  const start = { earliest: lastCommit, latest: lastCommit }
  return commit({
    evidence: 'exact',
    clockStart: start,
    committed: start,
    deadline: { earliest: lastCommit + 7 * DAY, latest: lastCommit + 7 * DAY },
    ...changes,
  })
}

export const incident = (changes: Partial<Incident> = {}): Incident =>
  incidentOf({ id: '7c1f09ab52e4', group: 'payments-v1', openedAt: now - HOUR, level: 'first', ...changes })

export const sevenDays: BrokerRetention = {
  broker: 2,
  retention: 7 * DAY,
  sweep: 10 * MINUTE,
  source: 'broker',
}

/** @param commits most urgent first */
export function expiring(commits: Commit[], changes: Partial<ExpiringNotice> = {}): ExpiringNotice {
  return {
    type: 'expiring',
    cluster: 'prod',
    incident: incident(),
    takenAt,
    now,
    mention: false,
    resolved: null,
    cause: 'simple',
    level: 'first',
    slot: 'parent',
    harmless: false,
    commits: commits.map(each => ({ commit: each, level: 'first', impact: impactOf(each.offset, each) })),
    retention: sevenDays,
    alike: [],
    owner: null,
    lastMember: null,
    ...changes,
  }
}

export function loss(commits: LostCommit[], changes: Partial<LossNotice> = {}): LossNotice {
  return {
    type: 'loss',
    cluster: 'prod',
    incident: incident({ id: 'c40e5b7218fa', kind: 'loss', level: null }),
    takenAt,
    now,
    mention: true,
    resolved: null,
    commits,
    retention: sevenDays,
    owner: null,
    lastMember: null,
    resets: 0,
    ...changes,
  }
}

/** Offset 48113 was last seen at 15:43 and gone at 15:58. The log ends 120 records later. */
export function lost(outcome: Outcome, changes: Partial<Commit> = {}): LostCommit {
  const seenAt = takenAt - 15 * MINUTE
  const gone = { reason: 'unknown', earliest: seenAt, latest: takenAt } as const
  const row = commit({
    logEnd: 48233n,
    ...(outcome.kind === 'gone' ? { seenAt, deadline: null, gone } : {}),
    ...changes,
  })
  return { commit: row, lost: 48113n, lastSeenAt: seenAt, outcome, impact: impactOf(48113n, row) }
}
