import { createHmac } from 'node:crypto'
import { cloudEvent } from '../contracts/events/cloud-event.ts'
import { Failure } from '../core/model/failure.ts'
import type { WebhookSettings } from '../core/model/settings.ts'
import { BusFailure, type Events, type Unsent } from '../jobs/ports.ts'
import { post } from './post.ts'

/** ms that one webhook may take of a run; the rest is sent in the next run. */
const LONGEST = 30_000

/** Posts events one by one, in order, each as a signed CloudEvent in structured mode. */
export function cloudEventsWebhook(webhook: WebhookSettings, now = Date.now): Events {
  const end = performance.now() + LONGEST
  return {
    async publish(events) {
      const unsent: Unsent[] = []
      let down: BusFailure | undefined
      for (const event of events) {
        if (performance.now() > end)
          down ??= new BusFailure(
            `webhook "${webhook.name}" is slow: ${LONGEST / 1000} s were not enough for all events. The next run sends the rest.`,
          )
        const body = JSON.stringify(cloudEvent(event))
        const why =
          down ?? (await post(webhook, webhook.url, body, signed(body, webhook, now())).catch(failure))
        if (why) unsent.push({ event, why })
        if (why instanceof BusFailure) down = why
      }
      return unsent
    },
  }
}

function failure(error: unknown): Failure {
  if (error instanceof Failure) return error
  throw error
}

/**
 * The signature covers the time, so that an old request cannot be replayed. docs/webhooks.md has code that verifies it.
 */
function signed(body: string, { secret = '' }: WebhookSettings, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'offset-watchdog-timestamp': timestamp,
    'offset-watchdog-signature': `v1=${signature}`,
  }
}
