import { whyNotIgnored, withIgnored, withoutIgnored } from '../core/alerts/actions.ts'
import type { AlertState } from '../core/alerts/alert-state.ts'
import { incidentOf } from '../core/alerts/incident.ts'
import type { ActionOutcome } from '../core/alerts/recorded-action.ts'
import type { SlackIgnoreRule } from '../core/model/settings.ts'
import { type Acted, type ActedStanding, act, type OnIncident } from './act-on-incident.ts'
import { AlertStateSession } from './alert-state-session.ts'

export interface IgnoreIncident extends OnIncident {
  /** Undefined: the pattern is the incident's own group. */
  pattern: string | undefined
  reason: string
  /** ms since the epoch */
  until: number
}

/** Adds a rule that silences the deadlines of the incident's group, or of all groups that match a pattern. */
export async function ignoreIncident({ pattern, reason, until, ...job }: IgnoreIncident): Promise<Acted> {
  const { cluster, ignores, by, incident: id, alerts } = job
  const session = await AlertStateSession.open(alerts, cluster.name)
  const at = job.now()
  const what = { action: 'ignore', reason } as const
  const incident = incidentOf(session.state, id)
  const why = whyNotIgnored(incident)
  if (why || incident === undefined) return act(job, session, at, what, unchanged(why ?? 'forgotten'))

  const made = { pattern: pattern ?? incident.group, reason, until, by, createdAt: at }
  const rule = await ignores.add(cluster.name, made)
  const acted = await act(job, session, at, what, state => {
    const why = whyNotIgnored(incidentOf(state, id))
    if (why) return unchanged(why)(state)
    return { state: withIgnored(state, rule, at), outcome: 'done', before: null, after: silencedBy(rule) }
  })
  // Another person was faster. One rule is enough.
  if (acted.outcome !== 'done') await ignores.end(cluster.name, rule.id, by, at)
  return acted
}

/** Ends the rule that closed the incident, and opens the incident again. */
export async function unignoreIncident(job: OnIncident): Promise<Acted> {
  const { cluster, ignores, by, incident: id, alerts } = job
  const session = await AlertStateSession.open(alerts, cluster.name)
  const at = job.now()
  const what = { action: 'unignore', reason: null } as const
  const incident = incidentOf(session.state, id)
  const { ignoredBy } = incident ?? {}
  if (ignoredBy === undefined)
    return act(job, session, at, what, unchanged(incident === undefined ? 'forgotten' : 'none'))
  if (!(await ignores.end(cluster.name, ignoredBy.rule, by, at)))
    return act(job, session, at, what, unchanged('none'))
  return act(job, session, at, what, state => ({
    state: withoutIgnored(state, ignoredBy.rule, at),
    outcome: 'done',
    before: silencedBy(ignoredBy),
    after: null,
  }))
}

const unchanged =
  (outcome: ActionOutcome) =>
  (state: AlertState): ActedStanding => ({ state, outcome, before: null, after: null })

/** The rule in the form of a recorded action. */
export const silencedBy = ({ pattern, until }: Pick<SlackIgnoreRule, 'pattern' | 'until'>) => ({
  pattern,
  until,
})
