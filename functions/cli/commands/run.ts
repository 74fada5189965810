import type { Command } from 'commander'
import { configured } from '../../wiring/clusters.ts'
import { pageSourceOf } from '../../wiring/page.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { mustKnowBrokers } from '../../wiring/snapshot.ts'
import { mustTellSomebody } from '../../wiring/watch.ts'
import { type RunFlags, runFlags } from '../flags/run.ts'
import { servePage } from '../page/server.ts'
import { serveHealth } from '../terminal/health.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { reportError, warnOfSkipped } from '../terminal/output.ts'
import { repeat } from '../terminal/repeat.ts'
import { metricsOf } from './metrics.ts'
import { snapshotAndWatch } from './round.ts'
import { warnOfInterval, withAnsweredButtons } from './warnings.ts'

export const addRun = (program: Command) =>
  runFlags(program.command('run')).action(async ({ every, cluster, json = false, port, page }: RunFlags) => {
    const environment = settingsOfEnvironment()
    const settings = withAnsweredButtons({ ...environment, interval: every ?? environment.interval })
    const clusters = configured(settings, cluster)
    for (const watched of clusters) {
      mustKnowBrokers(watched)
      warnOfInterval(settings, watched)
    }
    mustTellSomebody(settings)
    using interruption = untilInterrupted()
    const { signal } = interruption
    const names = clusters.map(({ name }) => name)
    const stored = clusters.map(watched => ({ cluster: watched, settings }))
    const metrics = metricsOf(settings.metrics, stored)
    await using health =
      port === undefined
        ? undefined
        : await serveHealth({ port, clusters: names, interval: settings.interval, metrics })

    const source = pageSourceOf(stored, warnOfSkipped)
    await using _page = page && (await servePage(page, source, settings, false))

    const { answerInSlack } = settings.slack?.appToken ? await import('../../wiring/socket-mode.ts') : {}
    const answering = answerInSlack?.(settings, { signal, report: reportError })
    await repeat(settings.interval, signal, async () => {
      for (const watched of clusters) await snapshotAndWatch(settings, watched, signal, json, health)
    })
    await answering
    process.exitCode = 0
  })
