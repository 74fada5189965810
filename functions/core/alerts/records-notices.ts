import type { Assessment } from '../policy.ts'
import type { Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { groupNotice } from './group-notice.ts'
import type { PartitionAtRisk, RecordsLostNotice, RecordsNotice, UnreadCause } from './notice.ts'

/** Unread records that Kafka deletes soon; for a closed incident, the records that are unread now. */
export function recordsNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: Pick<AlertContext, 'now' | 'takenAt' | 'interval'>,
): RecordsNotice {
  const near = assessments.filter(({ records }) => records.level !== null)
  const isAlert = ({ records }: Assessment) => records.risk === 'alert'
  const shown = near.some(isAlert) ? near.filter(isAlert) : near
  const partitions = shown
    .flatMap(({ commit }): PartitionAtRisk[] => (commit.unread ? [{ commit, unread: commit.unread }] : []))
    .sort((a, b) => (a.unread.earliest ?? 0) - (b.unread.earliest ?? 0))
  return {
    type: 'records',
    ...groupNotice(cluster, incident, assessments, context),
    cause: causeOf(shown, partitions[0], context),
    level: incident.level,
    slot: 'parent',
    partitions,
  }
}

function causeOf(
  shown: readonly Assessment[],
  worst: PartitionAtRisk | undefined,
  { interval }: Pick<AlertContext, 'interval'>,
): UnreadCause {
  if (shown.length > 0 && shown.every(({ records }) => records.risk === 'digest')) return 'stopped'
  const { seenAt, valueSeenAt } = worst?.commit ?? { seenAt: 0, valueSeenAt: 0 }
  return seenAt - valueSeenAt >= interval ? 'stands-still' : 'too-slow'
}

export function recordsLostNotice(
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): RecordsLostNotice {
  const { recordsLost } = incident
  return {
    type: 'records-lost',
    ...groupNotice(cluster, incident, assessments, context),
    atMost: BigInt(recordsLost?.atMost ?? 0),
    lastAt: recordsLost?.lastAt ?? incident.openedAt,
    commits: assessments
      .map(({ commit }) => commit)
      .filter(({ gone, lostRecords }) => gone === null && lostRecords !== null)
      .sort((a, b) => Number((b.lostRecords?.atMost ?? 0n) - (a.lostRecords?.atMost ?? 0n))),
  }
}
