import { intervalWarning } from '../../core/interval-warning.ts'
import { Failure } from '../../core/model/failure.ts'
import { type ClusterSettings, isAnswered, type Settings } from '../../core/model/settings.ts'
import type { PingedJob } from '../../jobs/ping.ts'
import { unmatchedIn } from '../../wiring/mute.ts'
import { pingAfter } from '../../wiring/ping.ts'
import { printError } from '../terminal/output.ts'

/** Pings the dead man's switch. A failed ping prints a warning and changes no exit code. */
export async function pinged(settings: Settings, job: PingedJob, { name }: ClusterSettings): Promise<void> {
  const failure = await pingAfter(job, name, settings)
  if (failure) printError(failure)
}

/**
 * Warns if the interval is too long for a level.
 * @param retentions of the brokers, ms, if known
 */
export function warnOfInterval(
  { interval }: Settings,
  cluster: ClusterSettings,
  retentions: readonly (number | null)[] = [cluster.retention ?? null],
): void {
  const warning = intervalWarning(interval, cluster, retentions)
  if (warning) printError(warning)
}

/** Removes the buttons, with a warning, if nothing answers a click. */
export function withAnsweredButtons(settings: Settings): Settings {
  const { slack } = settings
  if (!slack?.buttons || isAnswered(settings)) return settings
  printError(
    'messages have no buttons, because nothing would answer a click: set SLACK_APP_TOKEN, or slack.signingSecret and slack.teamId if the function URL is deployed.',
  )
  return { ...settings, slack: { ...slack, buttons: false } }
}

/**
 * Warns if no group matches the pattern of a silence: the pattern may have a typing error. The silence is saved already,
 * so a snapshot that cannot be read is only a warning, too.
 */
export async function warnOfUnmatched(settings: Settings, cluster: string, pattern: string): Promise<void> {
  try {
    const unmatched = await unmatchedIn(settings, cluster, pattern)
    if (unmatched) printError(`${unmatched.message} The silence is kept for groups to come.`)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    printError(`The silence is saved, but the groups of its pattern are not known: ${error.message}`)
  }
}
