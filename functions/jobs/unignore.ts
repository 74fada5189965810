import { withoutIgnored } from '../core/alerts/actions.ts'
import { Failure } from '../core/model/failure.ts'
import type { Person } from '../core/model/person.ts'
import type { SlackIgnoreRule } from '../core/model/settings.ts'
import { AlertStateSession } from './alert-state-session.ts'
import { silencedBy } from './ignore-incident.ts'
import type { ActionStore, Alerts, IgnoreStore } from './ports.ts'
import { newAction, recordActionsOf, withUnrecorded } from './record-actions.ts'

interface Unignore {
  alerts: Alerts
  actions: Pick<ActionStore, 'record'>
  ignores: IgnoreStore
  by: Person
  /** ms since the epoch */
  now: number
}

/**
 * Ends the rules with this pattern that people made in Slack. Slack shows the change after the next watch.
 * @returns the ended rules, by cluster
 * @throws Failure if there is no such rule
 */
export async function unignore(
  job: Unignore,
  clusters: readonly string[],
  pattern: string,
): Promise<{ cluster: string; rule: SlackIgnoreRule }[]> {
  const ended: { cluster: string; rule: SlackIgnoreRule }[] = []
  for (const cluster of clusters)
    for (const rule of await unignoreIn(job, cluster, pattern)) ended.push({ cluster, rule })
  if (ended.length > 0) return ended
  throw new Failure(
    `no rule from Slack has the pattern ${JSON.stringify(pattern)} in ${clusters.join(', ')}: \`ignore\` lists them. Remove rules of the settings in the settings.`,
  )
}

async function unignoreIn({ alerts, actions, ignores, by, now }: Unignore, cluster: string, pattern: string) {
  const ended: SlackIgnoreRule[] = []
  for (const rule of await ignores.active(cluster, now))
    if (rule.pattern === pattern && (await ignores.end(cluster, rule.id, by, now))) ended.push(rule)
  if (ended.length === 0) return ended

  const session = await AlertStateSession.open(alerts, cluster)
  const done = ended.map(rule =>
    newAction({
      cluster,
      at: now,
      action: 'unignore',
      by,
      group: pattern.includes('*') ? null : pattern,
      before: silencedBy(rule),
    }),
  )
  await session.update(state => ({
    state: withUnrecorded(
      ended.reduce((next, { id }) => withoutIgnored(next, id, now), state),
      ...done,
    ),
  }))
  await recordActionsOf(session, actions)
  return ended
}
