import type { Incident } from '../../core/alerts/alert-state.ts'
import { atRiskOf, isDeadline, isLoss } from '../../core/alerts/incident.ts'
import { lossesOf } from '../../core/alerts/losses.ts'
import { deadlineNotice, mentions } from '../../core/alerts/notices.ts'
import type { Commit } from '../../core/model/commit.ts'
import type { NeverCommitted } from '../../core/model/never-committed.ts'
import { ownershipOf } from '../../core/model/ownership.ts'
import { type Assessment, type AssessmentContext, isAtRisk, ownerOfGroup } from '../../core/policy.ts'
import { iso } from '../../core/time.ts'
import type { DueOfIncident } from './due-events.ts'
import {
  type IncidentDetail,
  type Severity,
  type SubjectKind,
  severities,
  type UnreadRecordsAtRisk,
  type WatchdogEvent,
} from './event.ts'
import { memberJson } from './last-member.ts'

/** Greatest number of partitions, or problems, in an event. A subscriber that needs all of them reads the snapshot. */
export const FIRST = 100

export interface IncidentContext extends AssessmentContext {
  cluster: string
  /** Start of the newest snapshot, ms since the epoch. */
  takenAt: number
  /** Assessments of the group in that snapshot. */
  assessments: readonly Assessment[]
  /** Partitions of the group without a commit in that snapshot. */
  neverCommitted?: readonly NeverCommitted[]
  /** The severity that was published last. */
  severityBefore: string | undefined
}

/** An event of an incident, with the partitions of the newest snapshot. */
export function incidentEvent(
  { type, action, subject: { incident, isForgotten } }: Pick<DueOfIncident, 'type' | 'action' | 'subject'>,
  context: IncidentContext,
): WatchdogEvent {
  const { cluster, takenAt, assessments } = context
  const lost = lossesOf(incident, assessments)
  const atRisk = assessments.filter(isAtRisk)
  const { id, group, level, kind, openedAt, acknowledgedAt, acknowledgedBy: by = null } = incident
  const eventId = incident.reopenedAt === undefined ? id : `${id}-${incident.reopenedAt}`
  const detail: Omit<IncidentDetail, 'id' | 'partitionCount'> = {
    schemaVersion: 1,
    cluster,
    takenAt: iso(takenAt),
    key: `${cluster}/${id}`,
    action,
    severity: severityOf(incident, context),
    openedAt: iso(openedAt),
    group,
    // The owner comes from the policy, since an incident that is forgotten, or whose group is no longer known, has no
    // assessments.
    owner: ownerOfGroup(group, context.policy),
    lastMember: memberJson(ownershipOf(assessments).lastMember),
    kind: subjectKindOf(incident),
    atRisk: atRiskOf(incident),
    incident: id,
  }
  const why = incident.closed?.why ?? 'unknown'
  /** The lost partitions for a loss; otherwise all of the group. */
  const about = kind === 'loss' ? lost : assessments
  const partitions = about.slice(0, FIRST).map(({ commit }) => placeOf(commit))
  const ofSubject = { partitionCount: about.length, partitions }

  switch (type) {
    case 'Offsets Expiring': {
      const expiring = atRisk.slice(0, FIRST).map(({ commit }) => ({
        ...placeOf(commit),
        deadline: commit.deadline && {
          earliest: commit.deadline.earliest === null ? null : iso(commit.deadline.earliest),
          latest: iso(commit.deadline.latest),
        },
      }))
      const ending = level ?? 'beyond-log-end'
      return {
        type,
        detail: {
          ...detail,
          id: `${eventId}-${ending}`,
          level,
          partitionCount: atRisk.length,
          partitions: expiring,
        },
      }
    }
    case 'Offsets Lost': {
      const gone = lost.slice(0, FIRST).flatMap(({ commit, loss }) =>
        loss
          ? {
              ...placeOf(commit),
              offset: String(loss.lost),
              lastSeenAt: iso(loss.lastSeenAt),
              outcome: loss.outcome.kind,
            }
          : [],
      )
      return {
        type,
        detail: { ...detail, id: `${eventId}-lost`, partitionCount: lost.length, partitions: gone },
      }
    }
    case 'Offsets Recovered':
      return { type, detail: { ...detail, id: `${eventId}-recovered`, why, ...ofSubject } }
    case 'Records Expiring': {
      const unread = assessments.filter(({ records }) => records.risk === 'alert')
      const partitions = unread.slice(0, FIRST).map(({ commit }) => unreadOf(commit))
      const ending = level ?? 'near'
      return {
        type,
        detail: { ...detail, id: `${eventId}-${ending}`, level, partitionCount: unread.length, partitions },
      }
    }
    case 'Records Lost': {
      const rows = assessments.filter(({ commit }) => commit.gone === null && commit.lostRecords !== null)
      const partitions = rows.slice(0, FIRST).map(({ commit }) => ({
        ...placeOf(commit),
        lostAtMost: String(commit.lostRecords?.atMost ?? 0n),
      }))
      const lostAtMost = incident.recordsLost?.atMost ?? '0'
      return {
        type,
        detail: { ...detail, id: `${eventId}-lost`, lostAtMost, partitionCount: rows.length, partitions },
      }
    }
    case 'Records Safe':
      return { type, detail: { ...detail, id: `${eventId}-safe`, why, ...ofSubject } }
    case 'Never Committed': {
      const entries = (context.neverCommitted ?? []).flatMap(({ topic, partitions, since }) =>
        partitions.map(partition => ({ topic, partition, since: iso(since) })),
      )
      return {
        type,
        detail: {
          ...detail,
          id: `${eventId}-never-committed`,
          partitionCount: entries.length,
          partitions: entries.slice(0, FIRST),
        },
      }
    }
    case 'Incident Acknowledged': {
      const at = acknowledgedAt ?? openedAt
      return {
        type,
        detail: { ...detail, id: `${eventId}-acknowledged-${at}`, acknowledgedAt: iso(at), by, ...ofSubject },
      }
    }
    case 'Incident Closed': {
      const closing = {
        why: isForgotten ? 'forgotten' : why,
        by: why === 'acknowledged' ? by : null,
      } as const
      return { type, detail: { ...detail, id: `${eventId}-closed`, ...closing, ...ofSubject } }
    }
  }
}

/**
 * `critical` exactly if Slack mentions a person, `info` if the group would lose nothing now. A closed or acknowledged
 * incident keeps its last published severity.
 */
function severityOf(
  incident: Incident,
  { severityBefore, cluster, assessments, ...context }: IncidentContext,
): Severity {
  if (isLoss(incident)) return 'critical'
  if (!isDeadline(incident)) return 'warning'
  const before = severities.find(severity => severity === severityBefore)
  if ((incident.closed || incident.acknowledgedAt !== null) && before) return before
  const notice = deadlineNotice(incident, { cluster, assessments, ofGroup: [] }, context)
  if (mentions(notice)) return 'critical'
  return notice.type === 'expiring' && notice.harmless ? 'info' : 'warning'
}

function unreadOf(commit: Commit): UnreadRecordsAtRisk {
  const { unread } = commit
  const earliest = unread?.earliest ?? null
  const latest = unread?.latest ?? null
  return {
    ...placeOf(commit),
    unreadAtMost: String(unread?.atMost ?? 0n),
    retentionMs: unread?.retention ?? null,
    deadline:
      earliest === null ? null : { earliest: iso(earliest), latest: latest === null ? null : iso(latest) },
  }
}

/** An incident's kind in events and in `ack --json`. */
export const subjectKindOf = (incident: Incident): SubjectKind =>
  isLoss(incident) ? 'loss' : isDeadline(incident) ? 'deadline' : 'never-committed'

const placeOf = ({ topic, partition, offset }: Assessment['commit']) => ({
  topic,
  partition,
  offset: String(offset),
})
