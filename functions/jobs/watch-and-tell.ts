import { oneError } from '../core/model/failure.ts'
import type { ActionStore } from './ports.ts'
import { recordActions } from './record-actions.ts'
import { type Watch, type WatchResult, watch } from './watch.ts'

/**
 * Sends the changes of the incidents.
 * @returns number of events and alerts that were accepted
 */
export type TellWebhook = () => Promise<number>

export interface WatchedCluster extends WatchResult {
  /** Number of events and alerts that webhooks have accepted. */
  sent: number
}

export interface WatchAndTell extends Watch {
  actions: Pick<ActionStore, 'record'>
}

/**
 * Watches a cluster, tells Slack, and then all webhooks in parallel, so that none holds up the others. First it records
 * people's actions that an earlier run could not record.
 * @throws Failure about everything that failed, after all else is done
 */
export async function watchAndTell(
  job: WatchAndTell,
  webhooks: readonly TellWebhook[],
): Promise<WatchedCluster> {
  const [recorded] = await Promise.allSettled([recordActions(job.alerts, job.actions, job.cluster.name)])
  const [watched] = await Promise.allSettled([watch(job)])
  const told = await Promise.allSettled(webhooks.map(tell => tell()))
  const numbers = told.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (watched.status === 'rejected' || recorded.status === 'rejected' || numbers.length < told.length)
    throw oneError([watched, ...told, recorded])
  return { ...watched.value, sent: numbers.reduce((sum, number) => sum + number, 0) }
}
