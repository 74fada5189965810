import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Settings, SlackSettings } from '../core/model/settings.ts'
import { ownerOfGroup } from '../core/policy.ts'
import { whyMayNotIgnore } from '../jobs/may-ignore.ts'
import { modalClient } from '../slack/client/modal.ts'
import { type Interactions, interactionsWith } from '../slack/interactions/interactions.ts'
import { respond } from '../slack/interactions/respond.ts'
import { actIn, groupOfIncidentIn, ignoreIn } from './actions.ts'
import { answerOffsetsIn } from './lookup.ts'

interface ConfiguredCluster {
  settings: Settings
  cluster: ClusterSettings
}

/**
 * Commands and clicks in Slack, with the real implementations.
 * @param settingsOf settings of a cluster by its name; of any cluster, if the name is undefined
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
    async ignore(name, { incident, by, pattern, reason, until }) {
      const { settings, cluster } = await settingsOf(name)
      return ignoreIn(settings, cluster, { incident, by, pattern: pattern ?? undefined, reason, until })
    },
    async ignoreSettings(name) {
      return slackOf((await settingsOf(name)).settings)
    },
    async whyMayNotIgnore(name, asked) {
      const { settings, cluster } = await settingsOf(name)
      const slack = slackOf(settings)
      const client = modalClient(slack)
      const membersOf = (usergroup: string) => client.membersOf(usergroup)
      return whyMayNotIgnore({ ...asked, policy: cluster.policy, slack, membersOf })
    },
    async openModal(name, triggerId, view) {
      const { settings } = await settingsOf(name)
      await modalClient(slackOf(settings)).open(triggerId, view)
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

function slackOf({ slack }: Settings): SlackSettings {
  if (slack) return slack
  throw new Failure('Slack is not configured: set SLACK_BOT_TOKEN and SLACK_CHANNEL.', { exitCode: 2 })
}
