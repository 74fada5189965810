import type { ClusterSettings, Settings, SlackSettings } from '../core/model/settings.ts'
import { type ButtonsProbe, type Diagnosis, doctor } from '../jobs/doctor.ts'
import { connect } from '../kafka/connection/connection.ts'
import { kafkaProbe } from '../kafka/scan/probe.ts'
import { openConnection } from '../slack/client/app-connections.ts'
import { slackChannel } from '../slack/client/channel.ts'
import { openStore } from '../store/objects/open-store.ts'
import { snapshotStore } from '../store/snapshots/snapshots.ts'
import { webhookProbe } from '../webhooks/probe.ts'

/** Connects doctor to Kafka, the store, Slack and the webhooks. */
export function examine(
  settings: Settings,
  clusters: ClusterSettings[],
  dateOf: (time: number) => string,
): Promise<Diagnosis> {
  const { store: location, storeLock, clockSkew, slack, slashCommand, webhooks, interval } = settings
  const objects = openStore(location, storeLock)
  const snapshots = snapshotStore(objects, Date.now, clockSkew)
  const channel = slack && slackChannel(slack)
  return doctor({
    clusters,
    connect: async ({ kafka, retention }) => kafkaProbe(await connect(kafka), retention),
    store: {
      location,
      probe: () => objects.probe(),
      newest: (cluster, options) => snapshots.newest(cluster, options),
    },
    slack: slack &&
      channel && {
        ...channel,
        channel: slack.channel,
        asksForMembers: slack.ignore === 'on',
      },
    buttons: slack && buttonsOf(slack, slashCommand),
    webhooks: webhooks.map(webhookProbe),
    now: Date.now(),
    interval,
    dateOf,
  })
}

const buttonsOf = (
  { buttons, appToken, apiUrl }: SlackSettings,
  slashCommand: Settings['slashCommand'],
): ButtonsProbe => ({
  wanted: buttons,
  hasFunctionUrl: slashCommand !== undefined,
  probe: appToken === undefined ? undefined : () => openConnection(appToken, apiUrl),
})
