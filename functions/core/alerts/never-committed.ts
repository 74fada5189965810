import { matches } from '../glob.ts'
import type { NeverCommitted } from '../model/never-committed.ts'
import { ignoreRuleOf } from '../policy.ts'
import type { AlertState, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { newIncident } from './incident.ts'

type Context = Pick<AlertContext, 'neverCommitted' | 'policy' | 'now'>

/** The partitions without any commit of each group that `neverCommittedAlerts` matches and no rule ignores. */
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

export const isAlerted = (group: string, { policy, now }: Omit<Context, 'neverCommitted'>): boolean =>
  policy.neverCommittedAlerts.some(pattern => matches(pattern, group)) &&
  ignoreRuleOf(group, policy, now) === null

/** Opens one incident for each group, once a partition has had no commit for two intervals. */
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
