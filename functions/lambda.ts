import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { Failure } from './core/failure.ts'

/** ms that a run keeps for itself, to close its connections and say what it did, before Lambda ends it. */
const CLEANING_UP = 5000

/**
 * A Lambda handler around one job. The job's signal aborts before Lambda's own time-out, since Lambda gives no time to
 * clean up; a Failure is logged as its sentence, so that an alarm's reader sees the remedy and no stack.
 */
export function lambda<Event, Result>(
  job: (event: Event, options: { signal: AbortSignal }) => Promise<Result>,
) {
  return middy<Event, Result>()
    .onError(({ error }) => {
      const sentence = error instanceof Failure ? error.message : (error?.stack ?? String(error))
      console.error(JSON.stringify({ level: 'ERROR', message: sentence }))
    })
    .handler((event: Event, context: Context) => {
      const left = context.getRemainingTimeInMillis() - CLEANING_UP
      return job(event, { signal: AbortSignal.timeout(Math.max(left, 0)) })
    })
}
