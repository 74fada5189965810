import { parseSentAlerts } from '../contracts/events/alertmanager-alert.ts'
import { parsePublished } from '../contracts/events/published.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { publishIncidents } from '../jobs/publish-incidents.ts'
import { sendAlerts } from '../jobs/send-alerts.ts'
import type { TellWebhook } from '../jobs/watch-and-tell.ts'
import { alertStore } from '../store/alerts.ts'
import { webhookKey } from '../store/keys.ts'
import { openStore } from '../store/objects/open-store.ts'
import { alertmanager } from '../webhooks/alertmanager.ts'
import { cloudEventsWebhook } from '../webhooks/cloud-events.ts'
import { actionsOf, alertsOf, snapshotsOf } from './store.ts'

/** A job for each webhook. Each webhook has its own progress in the store. */
export function webhooksOf(settings: Settings, cluster: ClusterSettings): TellWebhook[] {
  const { webhooks, interval, docs } = settings
  const snapshots = snapshotsOf(settings)
  let newest: ReturnType<typeof snapshots.newest> | undefined
  const common = () => ({
    cluster,
    alerts: alertsOf(settings),
    actions: actionsOf(settings),
    // All webhooks share one read of the newest snapshot.
    snapshots: { newest: (name: string) => (newest ??= snapshots.newest(name)) },
    interval,
    now: Date.now(),
  })
  return webhooks.map(webhook => () => {
    const { format, name } = webhook
    const objects = openStore(settings.store)
    const keyOf = (cluster: string) => webhookKey(cluster, format, name)
    if (format === 'cloudevents') {
      const published = alertStore(objects, parsePublished, keyOf)
      return publishIncidents({ ...common(), published, events: cloudEventsWebhook(webhook) })
    }
    const sent = alertStore(objects, parseSentAlerts, keyOf)
    return sendAlerts({ ...common(), sent, receiver: alertmanager(webhook), docs })
  })
}
