import type { Silence } from '../core/alerts/alert-state.ts'
import type { Bounds, BrokerRetention, Commit, Problem } from '../core/model/commit.ts'
import type { NeverCommitted } from '../core/model/never-committed.ts'
import type { Assessment } from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { iso, MINUTE } from '../core/time.ts'
import type { StoredStatus } from '../jobs/status.ts'
import { decimal } from '../text/decimal.ts'
import { memberJson } from './events/last-member.ts'

// docs/status.schema.json is the contract of this output. Later versions only add fields. Offsets are decimal strings,
// since JSON numbers lose digits above 2^53.

export const statusJson = (statuses: readonly StoredStatus[]) => ({
  schemaVersion: 1 as const,
  clusters: statuses.map(({ store, head, groups, neverCommitted, silences }) => {
    const rows = groups.flat()
    return {
      ...headJson(head),
      store,
      commits: rows.filter(({ commit }) => commit.gone === null).map(commitJson),
      gone: rows.filter(({ commit }) => commit.gone !== null).map(goneJson),
      neverCommitted: neverCommitted.map(neverCommittedJson),
      silences: silences.map(silenceJson),
    }
  }),
})

/**
 * The same output in lines, each with a `type`: each cluster, its commits and gone offsets, partitions without any
 * commit, and silences.
 */
export function* statusLines(statuses: readonly StoredStatus[]) {
  for (const { store, head, groups, neverCommitted, silences } of statuses) {
    const source = { cluster: head.cluster, store }
    yield { type: 'cluster', schemaVersion: 1, ...headJson(head), store }
    for (const row of groups.flat()) {
      yield row.commit.gone === null
        ? { type: 'commit', ...source, ...commitJson(row) }
        : { type: 'gone', ...source, ...goneJson(row) }
    }
    for (const entry of neverCommitted)
      yield { type: 'never-committed', ...source, ...neverCommittedJson(entry) }
    for (const silence of silences) yield { type: 'silence', ...source, ...silenceJson(silence) }
  }
}

const headJson = ({ cluster, clusterId, takenAt, complete, mode, problems, retention }: SnapshotHead) => ({
  cluster,
  clusterId,
  takenAt: iso(takenAt),
  complete,
  mode,
  problems: problems.map(problemJson),
  retention: retention.map(retentionJson),
})

/** Part of a snapshot in the output of `snapshot --json` and `run --json`. */
export const snapshotJson = (head: SnapshotHead) => ({ ...headJson(head), counts: head.counts })

const problemJson = ({ scope, code, message }: Problem) => ({ scope, code, message })

const retentionJson = ({ broker, retention, sweep, source }: BrokerRetention) => ({
  broker,
  minutes: retention === null ? null : retention / MINUTE,
  sweepMs: sweep,
  source,
})

function commitJson({ commit, level, records, ignored, owner }: Assessment) {
  const { logEnd, previousCommit: before } = commit
  return {
    group: commit.group,
    kind: commit.kind,
    state: commit.state,
    coordinator: commit.coordinator,
    topic: commit.topic,
    topicId: commit.topicId,
    partition: commit.partition,
    offset: String(commit.offset),
    logStart: decimal(commit.logStart),
    logEnd: decimal(logEnd),
    lag: logEnd === null ? null : String(lagOf(commit.offset, logEnd)),
    evidence: commit.evidence,
    rule: commit.rule,
    clockStart: boundsJson(commit.clockStart),
    expiresAt: orNull(commit.expiresAt),
    deadline: boundsJson(commit.deadline),
    ifStopped: boundsJson(commit.ifStopped),
    level,
    ignored: ignored && { reason: ignored.reason, until: orNull(ignored.until ?? null) },
    before: before && { offset: String(before.offset), seenAt: iso(before.seenAt), reason: before.reason },
    records: recordsJson(commit),
    recordsLevel: records.level,
    owner,
    lastMember: memberJson(commit.lastMember),
  }
}

/** Unread records, and records that Kafka deleted unread; null if there are neither. */
export const recordsJson = ({ unread, lostRecords }: Pick<Commit, 'unread' | 'lostRecords'>) =>
  unread || lostRecords
    ? {
        unreadAtMost: String(unread?.atMost ?? 0n),
        evidence: unread?.evidence ?? null,
        retentionMs: unread?.retention ?? null,
        deadline:
          unread && unread.earliest !== null
            ? { earliest: iso(unread.earliest), latest: orNull(unread.latest) }
            : null,
        lost: lostRecords && { atMost: String(lostRecords.atMost), lastSeenAt: iso(lostRecords.lastAt) },
      }
    : null

function goneJson({ commit, owner }: Assessment) {
  const { group, topic, topicId, partition, offset, seenAt, gone, lastMember } = commit
  return {
    group,
    topic,
    topicId,
    partition,
    offset: String(offset),
    lastSeenAt: iso(seenAt),
    gone: boundsJson(gone),
    reason: gone?.reason,
    owner,
    lastMember: memberJson(lastMember),
  }
}

export const neverCommittedJson = ({ group, topic, partitions, since }: NeverCommitted) => ({
  group,
  topic,
  partitions,
  since: iso(since),
})

const silenceJson = ({ pattern, from, until, reason, by }: Silence) => ({
  pattern,
  from: iso(from),
  until: iso(until),
  reason,
  by,
})

/** Number of unread records. An offset beyond the log's end has none. */
export const lagOf = (offset: bigint, logEnd: bigint): bigint => (logEnd > offset ? logEnd - offset : 0n)

const orNull = (time: number | null) => (time === null ? null : iso(time))
const boundsJson = (bounds: Bounds | null) =>
  bounds && { earliest: orNull(bounds.earliest), latest: iso(bounds.latest) }
