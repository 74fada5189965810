import { afterEach, beforeEach } from '@jest/globals'
import type { ClusterSettings } from '../../functions/core/model/settings.ts'
import type { Alerts, Notifier, Snapshots } from '../../functions/jobs/ports.ts'
import { type WatchResult, watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { aReading, DAY, HOUR, MINUTE, monday, simple } from '../core/readings.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { aStore, cluster } from './parts.ts'

export let store: Awaited<ReturnType<typeof aStore>>
export let slack: FakeSlack
/** Each test has its own store and its own Slack. */
export function withStoreAndSlack(): void {
  beforeEach(async () => {
    ;[store, slack] = await Promise.all([aStore(), startSlack({ now: () => clock })])
  })
  afterEach(() => Promise.all([store.remove(), slack.stop()]))
}

/** A new channel for each run, with Slack's real client. No answer takes as long as its time-out. */
export function notifier(): Notifier {
  const settings = { token: slack.token, channel: '#kafka', mention: '<!here>', apiUrl: slack.url }
  return slackNotifier(slackChannel(settings, { timeout: 60_000, pause: 0 }), {
    ...settings,
    docs: undefined,
  })
}

interface Parts {
  cluster?: ClusterSettings
  snapshots?: Pick<Snapshots, 'newest'>
  alerts?: Alerts
  notifier?: Notifier
}

/** The clock of the runs and of Slack, ms since the epoch. */
let clock = monday

/** One run at this time after the first reading. */
export const watchAt = (time: number, parts: Parts = {}): Promise<WatchResult> => {
  clock = monday + time
  return watch({
    cluster,
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: notifier(),
    interval: 30 * DAY,
    digestAt: 8 * HOUR,
    now: () => monday + time,
    ...parts,
  })
}

export const read = (time: number, ...[groups, changes]: [Parameters<typeof aReading>[1], typeof cluster?]) =>
  store.take(aReading(monday + time, groups), changes)

/** These groups last committed before the reading of hour one, so their deadline is a week after the first reading. */
export async function quietGroup(...names: string[]) {
  for (const [hour, offset] of [5n, 6n].entries()) {
    await read(hour * HOUR, Object.fromEntries(names.map(name => [name, simple({ 'orders-0': offset })])))
  }
}

export const incidents = async () => {
  const found = await store.alerts.read(cluster.name)
  return found?.state.incidents.map(({ kind, closed }) => `${kind}${closed ? ` closed: ${closed.why}` : ''}`)
}

export const week = 7 * DAY - MINUTE
export const texts = () => slack.messages.map(({ text }) => text)
