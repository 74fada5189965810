import { matches } from '../glob.ts'
import type { NeverCommitted } from '../model/never-committed.ts'
import { type Assessment, ignoreRuleOf, ownerOfGroup, routeOf } from '../policy.ts'
import type { AlertState, Incident, Resolution } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { replyTo } from './deadline-messages.ts'
import { newIncident } from './incident.ts'
import { incidentKeys } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { NeverCommittedNotice } from './notice.ts'

type Context = Pick<AlertContext, 'neverCommitted' | 'policy' | 'now'>

/** Partitions without any commit, of the groups that `neverCommittedAlerts` names, by group. */
export function alertedNeverCommitted({
  neverCommitted = [],
  policy,
  now,
}: Context): Map<string, NeverCommitted[]> {
  return Map.groupBy(
    neverCommitted.filter(({ group }) => isAlerted(group, { policy, now })),
    ({ group }) => group,
  )
}

const isAlerted = (group: string, { policy, now }: Omit<Context, 'neverCommitted'>): boolean =>
  policy.neverCommittedAlerts.some(pattern => matches(pattern, group)) &&
  ignoreRuleOf(group, policy, now) === null

/** One incident a group, from the snapshot on that has seen a partition without a commit for two intervals. */
export function openNeverCommitted(
  { cluster, incidents }: Pick<AlertState, 'cluster' | 'incidents'>,
  context: AlertContext,
): Incident[] {
  if (context.isStale) return []
  const open = new Set(incidents.filter(isOpenNeverCommitted).map(({ group }) => group))
  return [...alertedNeverCommitted(context).keys()]
    .filter(group => !open.has(group))
    .map(group => newIncident(cluster, 'never-committed', group, context.now))
}

export const isOpenNeverCommitted = ({ kind, closed }: Incident): boolean =>
  kind === 'never-committed' && closed === null

/** Closes it once no partition of the group is left without a commit. */
export function followNeverCommitted(
  incident: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Incident {
  const why = context.isStale ? undefined : resolutionOf(incident, assessments, context)
  return why ? { ...incident, closed: { at: context.now, why } } : incident
}

function resolutionOf(
  { group, openedAt }: Incident,
  assessments: readonly Assessment[],
  context: AlertContext,
): Resolution | undefined {
  if (!isAlerted(group, context)) return 'ignored'
  if (alertedNeverCommitted(context).has(group)) return undefined
  const isNew = ({ commit }: Assessment) => commit.gone === null && commit.firstSeenAt > openedAt
  // Otherwise its members have left the partitions, or nothing stands in them any more.
  return assessments.some(isNew) ? 'committed-again' : 'no-longer-known'
}

export function neverCommittedNotice(
  cluster: string,
  incident: Incident,
  context: AlertContext,
): NeverCommittedNotice {
  return {
    type: 'never-committed',
    cluster,
    owner: ownerOfGroup(incident.group, context.policy),
    lastMember: null,
    incident,
    takenAt: context.takenAt,
    now: context.now,
    mention: false,
    resolved: incident.closed?.why ?? null,
    entries: alertedNeverCommitted(context).get(incident.group) ?? [],
  }
}

/** A parent that nobody is mentioned in, and replies once somebody has seen it and once it is over. */
export function neverCommittedMessages(
  { cluster, messages }: AlertState,
  incident: Incident,
  context: AlertContext,
): AlertMessage[] {
  const { acknowledgedAt, closed, group, id } = incident
  const keys = incidentKeys(id)
  // What the message states rests on a newer snapshot.
  if (context.isStale && messages[keys.parent] !== undefined) return []
  const notice = neverCommittedNotice(cluster, incident, context)
  const partitions = notice.entries.map(({ topic, partitions }) => `${topic} ${partitions.length}`)
  const reply = replyTo(notice, context)
  return [
    alertMessage(keys.parent, [...partitions, acknowledgedAt, closed?.why].join(' '), {
      route: routeOf(group, context.policy) ?? null,
      covers: [
        ...(acknowledgedAt === null ? [] : [keys.reply('acknowledged')]),
        ...(closed ? [keys.reply('closed')] : []),
      ],
      notice,
    }),
    ...(acknowledgedAt !== null && !closed ? [reply('acknowledged', 'thread')] : []),
    ...(closed ? [reply('closed', 'thread')] : []),
  ]
}
