import type { RecordedAction } from '../core/alerts/recorded-action.ts'
import type { Person } from '../core/model/person.ts'
import type { ClusterSettings, Settings, SlackIgnoreRule } from '../core/model/settings.ts'
import { unignore } from '../jobs/unignore.ts'
import { actionsOf, alertsOf, ignoresOf } from './store.ts'

/** A rule that a person made in Slack, and its cluster. */
export interface ClusterRule {
  cluster: string
  rule: SlackIgnoreRule
}

/** The rules that have not ended. */
export async function slackRules(
  settings: Settings,
  clusters: readonly ClusterSettings[],
): Promise<ClusterRule[]> {
  const found = clusters.map(async ({ name }) =>
    (await ignoresOf(settings).active(name, Date.now())).map(rule => ({ cluster: name, rule })),
  )
  return (await Promise.all(found)).flat()
}

export const unignoreIn = (
  settings: Settings,
  clusters: readonly string[],
  pattern: string,
  by: Person,
): Promise<ClusterRule[]> =>
  unignore(
    {
      alerts: alertsOf(settings),
      actions: actionsOf(settings),
      ignores: ignoresOf(settings),
      by,
      now: Date.now(),
    },
    clusters,
    pattern,
  )

/**
 * Actions of people, oldest first.
 * @param since ms since the epoch
 */
export async function actionsSince(
  settings: Settings,
  clusters: readonly ClusterSettings[],
  since: number,
): Promise<RecordedAction[]> {
  const found = clusters.map(({ name }) => actionsOf(settings).since(name, since))
  return (await Promise.all(found)).flat().sort((a, b) => a.at - b.at)
}
