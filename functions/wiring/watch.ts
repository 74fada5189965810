import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Route, Settings } from '../core/model/settings.ts'
import type { Notifier } from '../jobs/ports.ts'
import { type WatchedCluster, watchAndTell } from '../jobs/watch-and-tell.ts'
import { slackChannel } from '../slack/client/channel.ts'
import { slackNotifier } from '../slack/notifier.ts'
import { actionsOf, alertsOf, snapshotsOf, withIgnores } from './store.ts'
import { webhooksOf } from './webhooks.ts'

/** Connects watch to the store, Slack and the webhooks. */
export async function watchCluster(
  settings: Settings,
  configured: ClusterSettings,
  signal?: AbortSignal,
): Promise<WatchedCluster> {
  const cluster = await withIgnores(settings, configured)
  return watchAndTell(
    {
      cluster,
      snapshots: snapshotsOf(settings),
      alerts: alertsOf(settings),
      actions: actionsOf(settings),
      notifier: notifierOf(settings, cluster.policy.routes),
      interval: settings.interval,
      digestAt: settings.slack?.digestAt ?? 0,
      digestZone: settings.slack?.digestZone,
      now: Date.now,
      signal,
    },
    webhooksOf(settings, cluster),
  )
}

/** @returns undefined if Slack is not set */
const notifierOf = (
  { slack, docs, url }: Pick<Settings, 'slack' | 'docs' | 'url'>,
  routes: readonly Route[],
): Notifier | undefined => slack && slackNotifier(slackChannel(slack), { ...slack, docs, page: url, routes })

/** @throws Failure if Slack is not set */
export function mustNotify(
  settings: Pick<Settings, 'slack' | 'docs' | 'url'>,
  routes: readonly Route[],
): Notifier {
  const notifier = notifierOf(settings, routes)
  if (notifier) return notifier
  throw new Failure('Slack is not configured: set SLACK_BOT_TOKEN and SLACK_CHANNEL.', { exitCode: 2 })
}

/**
 * For the command line, which has no event bus.
 * @throws Failure (exit code 2) if neither Slack nor a webhook is set
 */
export function mustTellSomebody({ slack, webhooks }: Pick<Settings, 'slack' | 'webhooks'>): void {
  if (slack || webhooks.length > 0) return
  throw new Failure(
    'alerts have nowhere to go: set SLACK_BOT_TOKEN and SLACK_CHANNEL, or webhooks, or run `status` as a check, which needs neither.',
    { exitCode: 2 },
  )
}
