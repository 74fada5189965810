import type { Incident, Resolution } from '../../core/alerts/alert-state.ts'
import type { GroupNotice } from '../../core/alerts/notice.ts'
import { code, date } from './text.ts'

const ofNeverCommitted: Partial<Record<Resolution, string>> = {
  'committed-again': 'has committed an offset for each of its partitions',
  'no-longer-known': 'no longer owns any partition with records and without a committed offset',
}

const ofRecords: Partial<Record<Resolution, string>> = {
  'caught-up': 'has caught up',
  'out-of-danger': 'has unread records, and Kafka keeps them for longer now',
  lost: 'has lost unread records',
  'topic-deleted': 'has no records to read: the topic was deleted',
  'seven-days': 'has lost no more records for seven days',
}

const ofKind: Partial<Record<Incident['kind'], Partial<Record<Resolution, string>>>> = {
  'records-deadline': ofRecords,
  'records-loss': ofRecords,
  'never-committed': ofNeverCommitted,
}

/** The group of an incident, as the subject of a sentence. */
export const subjectOf = ({ cluster, incident }: Pick<GroupNotice, 'cluster' | 'incident'>): string =>
  `${code(incident.group)} on ${code(cluster)}`

export const closedHeadline = (about: Pick<GroupNotice, 'cluster' | 'incident' | 'resolved'>): string =>
  `Closed: ${subjectOf(about)} ${describeResolution(about.resolved ?? 'unknown', about.incident)}.`

/** Why an incident is over, as the end of a sentence about the group. */
function describeResolution(why: Resolution, incident: Incident): string {
  const described = ofKind[incident.kind]?.[why]
  if (described !== undefined) return described
  switch (why) {
    case 'committed-again':
      return 'has committed again, and its deadline is far away'
    case 'same-offset-committed':
      return 'keeps committing the same offset: otherwise Kafka would have deleted it by now'
    case 'guarded-again':
      return 'has members again, which protect its offsets'
    case 'out-of-danger':
      return 'is no longer at risk'
    case 'no-longer-known':
      return 'is no longer in the newest snapshot'
    case 'lost':
      return 'has lost its offsets; `lookup` still shows them'
    case 'topic-deleted':
      return 'has lost its offsets because the topic was deleted'
    case 'ignored':
      return incident.ignoredBy ? describeIgnoring(incident.ignoredBy) : 'is ignored by the settings now'
    case 'recovered':
      return 'is back at the offsets it had before the loss'
    case 'caught-up':
      return 'has caught up with the offsets it had before the loss'
    case 'acknowledged':
      return 'lost its offsets, and somebody has acknowledged the loss'
    case 'unknown':
      return 'is settled, according to a later version of offset-watchdog'
    case 'seven-days':
      return 'lost its offsets seven days ago, so this message ends here; `lookup` still shows the offsets'
  }
}

/** The reason and the name are untrusted text. */
const describeIgnoring = ({ name, until, reason }: NonNullable<Incident['ignoredBy']>): string =>
  `is ignored until ${date(until)} by ${code(name, 60)}, except for losses. The reason: ${code(reason, 300)}`
