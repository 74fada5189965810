import { intervalWarning } from '../../core/interval-warning.ts'
import type { ClusterSettings, Settings } from '../../core/model/settings.ts'
import type { PingedJob } from '../../jobs/ping.ts'
import { pingAfter } from '../../wiring/ping.ts'
import { printError } from '../terminal/output.ts'

/** Says why a dead man's switch could not be called; nothing fails for it. */
export async function pinged(settings: Settings, job: PingedJob, { name }: ClusterSettings): Promise<void> {
  const failure = await pingAfter(job, name, settings)
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
