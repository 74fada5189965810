import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics } from '@aws-lambda-powertools/metrics'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import * as v from 'valibot'
import { Failure } from '../core/model/failure.ts'

/**
 * The signal aborts this many ms before Lambda's time-out, so that a run can save its work and close its connections.
 */
const CLEANING_UP = 5000

/** The last ms of CLEANING_UP, for writing the log only. */
const LAST_WORDS = 1000

export const logger = new Logger()

/** CloudWatch counts these metrics from log lines (Embedded Metric Format), which needs no right and no request. */
export const metrics = new Metrics()

/**
 * A Lambda handler around one job. The job's signal aborts before Lambda's own time-out, since Lambda gives no time to
 * clean up. A Failure is logged as its sentence, so that the reader of an alarm sees the remedy and no stack.
 */
export function lambda<Event, Result>(
  job: (event: Event, options: { signal: AbortSignal }) => Promise<Result>,
) {
  return (
    middy<Event, Result>()
      .use(injectLambdaContext(logger, { resetKeys: true }))
      .use({ after: publishMetrics, onError: publishMetrics })
      .onError(({ error }) => {
        if (error instanceof Failure) logger.error(error.message)
        else logger.error('offset-watchdog itself failed', error ?? new Error('without saying why'))
      })
      // middy's own `{ signal }` ends the run 0.1 ms after its abort, so a job could neither stop nor save. After this
      // signal a job has 4 s: CLEANING_UP without LAST_WORDS.
      .handler(async (event: Event, context: Context) => {
        const left = Math.max(context.getRemainingTimeInMillis() - CLEANING_UP, 0)
        const signal = AbortSignal.timeout(left)
        try {
          return await Promise.race([job(event, { signal }), tooLate(signal)])
        } catch (error) {
          if (error instanceof Failure || !signal.aborted) throw error
          throw new Failure(
            `the run did not end within ${Math.round(left / 1000)} s: find out what it waited for, or raise its time-out in ` +
              'infra/functions.yml.',
            { cause: error },
          )
        }
      })
  )
}

/** Powertools' own middleware would log a warning for each run without metrics. */
function publishMetrics(): void {
  if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  metrics.clearDimensions()
}

/**
 * Rejects some time after the signal has aborted. In between, the job may save its work and report the cause of the
 * delay.
 */
const tooLate = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener('abort', () =>
      setTimeout(reject, CLEANING_UP - LAST_WORDS, signal.reason).unref(),
    ),
  )

const scheduled = v.object({ cluster: v.string() })
const published = v.object({ detail: scheduled })

/**
 * The cluster of an event: an event of the schedule, or one of docs/events.md.
 * @throws Failure
 */
export function clusterOf(event: unknown): string {
  if (v.is(scheduled, event)) return event.cluster
  if (v.is(published, event)) return event.detail.cluster
  throw new Failure(
    `the event names no cluster: send {"cluster": "name"} instead of ${JSON.stringify(event)?.slice(0, 200)}.`,
  )
}
