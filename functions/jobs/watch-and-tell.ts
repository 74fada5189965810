import { oneError } from '../core/model/failure.ts'
import { type Watch, type WatchResult, watch } from './watch.ts'

/** Sends what became of the incidents. @returns number of events and alerts that were taken */
export type TellWebhook = () => Promise<number>

export interface WatchedCluster extends WatchResult {
  /** Number of events and alerts that webhooks have taken. */
  sent: number
}

/**
 * Watches a cluster, tells Slack, and then all webhooks at once: one that hangs or fails holds no other.
 * @throws Failure about those that were not told, after all else is done
 */
export async function watchAndTell(job: Watch, webhooks: readonly TellWebhook[]): Promise<WatchedCluster> {
  const [watched] = await Promise.allSettled([watch(job)])
  const told = await Promise.allSettled(webhooks.map(tell => tell()))
  const numbers = told.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (watched.status === 'rejected' || numbers.length < told.length) throw oneError([watched, ...told])
  return { ...watched.value, sent: numbers.reduce((sum, number) => sum + number, 0) }
}
