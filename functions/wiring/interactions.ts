import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { ownerOfGroup } from '../core/policy.ts'
import { type Interactions, interactionsWith } from '../slack/interactions/interactions.ts'
import { respond } from '../slack/interactions/respond.ts'
import { actIn, groupOfIncidentIn } from './actions.ts'
import { answerOffsetsIn } from './lookup.ts'

interface ConfiguredCluster {
  settings: Settings
  cluster: ClusterSettings
}

/**
 * What people ask for in Slack, with the real parts.
 * @param settingsOf undefined: any cluster will do
 */
export const interactionsOf = (
  clusters: readonly string[],
  settingsOf: (cluster?: string) => Promise<ConfiguredCluster>,
): Interactions =>
  interactionsWith({
    clusters,
    async act(name, asked) {
      const { settings, cluster } = await settingsOf(name)
      return actIn(settings, cluster, asked)
    },
    async groupOf(name, incident) {
      const { settings } = await settingsOf(name)
      return groupOfIncidentIn(settings, name, incident)
    },
    async ownerOf(name, group) {
      const { cluster } = await settingsOf(name)
      return ownerOfGroup(group, cluster.policy)
    },
    async answerOffsets(asked) {
      const { settings } = await settingsOf()
      await answerOffsetsIn(settings, asked)
    },
    async respond(responseUrl, answer) {
      const { settings } = await settingsOf()
      await respond(responseUrl, answer, (settings.slack ?? settings.slashCommand)?.apiUrl)
    },
  })
