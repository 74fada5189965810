import type { Command } from 'commander'
import { statusJson, statusLines } from '../../contracts/status.ts'
import { UnknownGroup } from '../../jobs/not-found.ts'
import type { CheckedStatus } from '../../jobs/read-status.ts'
import { readableIn } from '../../wiring/clusters.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { statusOfCluster, suggestedIgnores } from '../../wiring/status.ts'
import { type StatusFlags, statusFlags } from '../flags/status.ts'
import { endWith, forEach, print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { statusView, tooOldSentence } from '../views/status.ts'
import { suggestedIgnoresView } from '../views/suggested-ignores.ts'
import { metricsOf } from './metrics.ts'
import { placed, placeOf, tellFailures } from './stores.ts'
import { warnOfInterval } from './warnings.ts'

export const addStatus = (program: Command) =>
  statusFlags(program.command('status')).action(async (flags: StatusFlags) => {
    const settings = settingsOfEnvironment()
    const { clusters, failures } = await readableIn(settings, flags.store, flags.cluster)
    await tellFailures(failures)
    if (flags.format) {
      const metrics = metricsOf(settings.metrics, clusters)
      return void process.stdout.write((await metrics()).text)
    }
    const { group, ignored = false, maxAge = 2 * settings.interval } = flags
    const check = flags.check ? { maxAge } : undefined
    const selection = { group, level: flags.level ?? (check && 'first'), ignored }
    const now = Date.now()
    const onUnreadableState = printError
    const statuses: CheckedStatus[] = []
    const hasSeveralStores = new Set(flags.store).size > 1
    const misses: UnknownGroup[] = []

    await forEach(clusters, async stored => {
      const asked = { now, selection, check, ...warnOfSkipped, onUnreadableState }
      const place = placeOf(stored.settings.store, hasSeveralStores)
      const status = await statusOfCluster(stored, asked).catch(error => unlessMissed(placed(error, place)))
      if (status instanceof UnknownGroup) return void misses.push(status)
      statuses.push(status)
      warnOfInterval(
        settings,
        stored.cluster,
        status.head.retention.map(({ retention }) => retention),
      )
      if (!flags.json && !flags.ndjson && !flags.suggestIgnores)
        print(statusView(status, now, ignored, hasSeveralStores ? status.store : undefined))
      if (status.code === 3) printError(place + tooOldSentence(status, now, maxAge))
      endWith(status.code)
    })
    // A group id is correct if any cluster has it.
    if (statuses.length === 0) await tellFailures(misses)
    if (flags.suggestIgnores) print(suggestedIgnoresView(suggestedIgnores(statuses)))
    if (flags.json) printJson(statusJson(statuses))
    if (flags.ndjson) for (const line of statusLines(statuses)) printJson(line)
  })

function unlessMissed(error: unknown): UnknownGroup {
  if (error instanceof UnknownGroup) return error
  throw error
}
