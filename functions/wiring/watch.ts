import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings, Route, Settings } from '../core/model/settings.ts'
import type { Notifier } from '../jobs/ports.ts'
import { type WatchResult, watch } from '../jobs/watch.ts'
import { slackChannel } from '../slack/client/channel.ts'
import { slackNotifier } from '../slack/notifier.ts'
import { alertsOf, snapshotsOf } from './store.ts'

/** The real parts for watch, the only one that tells Slack of a cluster. */
export const watchCluster = (
  settings: Settings,
  cluster: ClusterSettings,
  signal?: AbortSignal,
): Promise<WatchResult> =>
  watch({
    cluster,
    snapshots: snapshotsOf(settings),
    alerts: alertsOf(settings),
    notifier: notifierOf(settings, cluster.policy.routes),
    clockSkew: settings.clockSkew,
    interval: settings.interval,
    digestAt: settings.slack?.digestAt ?? 0,
    now: Date.now,
    signal,
  })

export function notifierOf(
  { slack, docs }: Pick<Settings, 'slack' | 'docs'>,
  routes: readonly Route[] = [],
): Notifier {
  if (slack) return slackNotifier(slackChannel(slack), { ...slack, docs, routes })
  throw new Failure(
    'there is nobody to tell: set SLACK_BOT_TOKEN and SLACK_CHANNEL, or run `status` as a check, which needs no Slack.',
    { exitCode: 2 },
  )
}
