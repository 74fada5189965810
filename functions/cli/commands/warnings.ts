import type { ClusterSettings, Settings } from '../../core/model/settings.ts'
import { intervalWarning } from '../../jobs/interval-warning.ts'
import { ping } from '../../wiring/ping.ts'
import { printError } from '../terminal/output.ts'

/** Says why a dead man's switch could not be called; nothing fails for it. */
export async function pinged(
  { pingUrl }: Settings,
  job: 'snapshot' | 'watch',
  { name }: ClusterSettings,
): Promise<void> {
  const failure = await ping(pingUrl, job, name)
  if (failure) printError(failure)
}

/** Says where the interval is too long for a level. @param retentions of the brokers, ms, where they are known */
export function warnOfInterval(
  { interval }: Settings,
  cluster: ClusterSettings,
  retentions: readonly (number | null)[] = [cluster.retention ?? null],
): void {
  const warning = intervalWarning(interval, cluster, retentions)
  if (warning) printError(warning)
}
