import { ownershipOf } from '../model/ownership.ts'
import { type Assessment, type Cause, isAtRisk, ownerOfGroup, retentionOf, timeLeft } from '../policy.ts'
import type { Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { lossesOf, resetsOf } from './losses.ts'
import { alertedNeverCommitted } from './never-committed.ts'
import type {
  DeadlineNotice,
  ExpiringNotice,
  GroupNotice,
  IncidentNotice,
  LossNotice,
  NeverCommittedNotice,
  PartitionAtRisk,
  RecordsLostNotice,
  RecordsNotice,
  UnreadCause,
} from './notice.ts'

type NoticeContext = Pick<
  AlertContext,
  'now' | 'takenAt' | 'retention' | 'interval' | 'policy' | 'neverCommitted'
>

/** The known facts of one group. */
export interface GroupFacts {
  cluster: string
  /** From the newest snapshot. */
  assessments: readonly Assessment[]
  /** All incidents of the group, oldest first. */
  ofGroup: readonly Incident[]
}

/** The facts of an incident in the newest snapshot. */
export function noticeOf(incident: Incident, group: GroupFacts, context: NoticeContext): IncidentNotice {
  const notice = () => groupNotice(incident, group, context)
  switch (incident.kind) {
    case 'deadline':
    case 'records-deadline':
      return deadlineNotice(incident, group, context)
    case 'loss':
      return lossNotice(notice(), group, context)
    case 'records-loss':
      return recordsLostNotice(notice(), group)
    case 'never-committed':
      return neverCommittedNotice(notice(), context)
  }
}

export function deadlineNotice(
  incident: Incident,
  group: GroupFacts,
  context: NoticeContext,
): DeadlineNotice {
  const notice = groupNotice(incident, group, context)
  return incident.kind === 'records-deadline'
    ? recordsNotice(notice, group, context)
    : expiringNotice(notice, group, context)
}

const groupNotice = (
  incident: Incident,
  { cluster, assessments }: GroupFacts,
  { now, takenAt }: NoticeContext,
): GroupNotice => ({
  cluster,
  ...ownershipOf(assessments),
  incident,
  takenAt,
  now,
  mention: false,
  resolved: incident.closed?.why ?? null,
})

function expiringNotice(
  notice: GroupNotice,
  { assessments }: GroupFacts,
  context: NoticeContext,
): ExpiringNotice {
  const left = ({ commit }: Assessment) => timeLeft(commit, context.now) ?? Infinity
  const atRisk = assessments.filter(isAtRisk).sort((a, b) => left(a) - left(b))
  // Lost partitions are left out, since the loss has its own message.
  const shown =
    atRisk.length > 0 ? atRisk : assessments.filter(({ commit }) => commit.gone === null).slice(0, 1)
  return {
    type: 'expiring',
    ...notice,
    cause: causeOf(shown[0]),
    level: notice.incident.level,
    slot: 'parent',
    harmless: atRisk.length > 0 && atRisk.every(({ impact }) => impact.kind === 'none'),
    commits: shown,
    retention: retentionAmong(assessments, context),
    alike: [],
  }
}

/** Retention at the coordinator of the first of these offsets. */
const retentionAmong = ([first]: readonly Assessment[], context: NoticeContext): LossNotice['retention'] =>
  (first && retentionOf(first.commit, context)) ?? {
    broker: -1,
    retention: null,
    sweep: 0,
    source: 'default',
  }

function causeOf(worst: Assessment | undefined): Cause {
  if (worst && isAtRisk(worst)) return worst.standing
  return worst?.commit.kind === 'simple' ? 'simple' : 'stopped'
}

function lossNotice(
  notice: GroupNotice,
  { assessments, ofGroup }: GroupFacts,
  context: NoticeContext,
): LossNotice {
  const losses = lossesOf(notice.incident, assessments)
  const commits = losses.flatMap(({ commit, loss, lostImpact }) =>
    loss && lostImpact ? [{ commit, ...loss, impact: lostImpact }] : [],
  )
  return {
    type: 'loss',
    ...notice,
    commits,
    retention: retentionAmong(losses, context),
    resets: resetsOf(ofGroup, commits),
  }
}

/** Unread records that Kafka deletes soon; for a closed incident, the records that are unread now. */
function recordsNotice(
  notice: GroupNotice,
  { assessments }: GroupFacts,
  context: NoticeContext,
): RecordsNotice {
  const near = assessments.filter(({ records }) => records.level !== null)
  const isAlert = ({ records }: Assessment) => records.risk === 'alert'
  const shown = near.some(isAlert) ? near.filter(isAlert) : near
  const partitions = shown
    .flatMap(({ commit }): PartitionAtRisk[] => (commit.unread ? [{ commit, unread: commit.unread }] : []))
    .sort((a, b) => (a.unread.earliest ?? 0) - (b.unread.earliest ?? 0))
  return {
    type: 'records',
    ...notice,
    cause: unreadCauseOf(shown, partitions[0], context),
    level: notice.incident.level,
    slot: 'parent',
    partitions,
  }
}

function unreadCauseOf(
  shown: readonly Assessment[],
  worst: PartitionAtRisk | undefined,
  { interval }: NoticeContext,
): UnreadCause {
  if (shown.length > 0 && shown.every(({ records }) => records.risk === 'digest')) return 'stopped'
  const { seenAt, valueSeenAt } = worst?.commit ?? { seenAt: 0, valueSeenAt: 0 }
  return seenAt - valueSeenAt >= interval ? 'stands-still' : 'too-slow'
}

function recordsLostNotice(notice: GroupNotice, { assessments }: GroupFacts): RecordsLostNotice {
  const { recordsLost, openedAt } = notice.incident
  return {
    type: 'records-lost',
    ...notice,
    atMost: BigInt(recordsLost?.atMost ?? 0),
    lastAt: recordsLost?.lastAt ?? openedAt,
    commits: assessments
      .map(({ commit }) => commit)
      .filter(({ gone, lostRecords }) => gone === null && lostRecords !== null)
      .sort((a, b) => Number((b.lostRecords?.atMost ?? 0n) - (a.lostRecords?.atMost ?? 0n))),
  }
}

/** The group may have no commit at all, so its owner comes from the policy. */
const neverCommittedNotice = (notice: GroupNotice, context: NoticeContext): NeverCommittedNotice => ({
  type: 'never-committed',
  ...notice,
  lastMember: null,
  owner: ownerOfGroup(notice.incident.group, context.policy),
  entries: alertedNeverCommitted(context).get(notice.incident.group) ?? [],
})

/** True if a message about the incident mentions people. */
export function mentions(notice: IncidentNotice): boolean {
  const { closed, acknowledgedAt } = notice.incident
  switch (notice.type) {
    case 'expiring':
    case 'records':
      return notice.level === 'last' && mayEscalate(notice)
    case 'loss':
    case 'records-lost':
      return closed === null && acknowledgedAt === null
    case 'never-committed':
      return false
  }
}

/** No escalation for harmless, stopped, acknowledged or closed incidents, or if Kafka may keep the records for ever. */
export const mayEscalate = (notice: DeadlineNotice): boolean =>
  (notice.type === 'records'
    ? notice.partitions.some(({ unread }) => unread.latest !== null)
    : !notice.harmless) &&
  notice.cause !== 'stopped' &&
  notice.incident.acknowledgedAt === null &&
  notice.resolved === null

/** Open incidents of other groups of the name family, which only this message states. */
export const openAlike = (notice: DeadlineNotice): Incident[] =>
  notice.type === 'expiring' ? notice.alike.filter(({ closed }) => closed === null) : []

/** The earliest time of the deadline, ms since the epoch. */
export function deadlineOf(notice: DeadlineNotice): number {
  const earliest =
    notice.type === 'records'
      ? notice.partitions[0]?.unread.earliest
      : notice.commits[0]?.commit.deadline?.earliest
  return earliest ?? Infinity
}
