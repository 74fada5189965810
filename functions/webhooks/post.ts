import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../core/model/failure.ts'
import type { WebhookSettings } from '../core/model/settings.ts'
import { BusFailure } from '../jobs/ports.ts'
import { whyNoAnswer } from '../text/no-answer.ts'

/** Time limit in ms for one request. */
const TIMEOUT = 10_000
const ATTEMPTS = 3

/**
 * Posts a body. The request is sent again after 429, 5xx or a lost connection, but not after a time-out, since a
 * webhook that hangs would hold the run.
 * @throws BusFailure if other requests would fail in the same way, Failure if the webhook refuses this body
 */
export async function post(
  webhook: WebhookSettings,
  url: string,
  body: string,
  headers: Record<string, string>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { why, isRetriable, isRefusal } = await tryOnce(webhook, url, { method: 'POST', body, headers })
    if (why === undefined) return
    if (isRetriable && attempt < ATTEMPTS) {
      await sleep(200 * 4 ** (attempt - 1))
      continue
    }
    const sentence = `webhook "${webhook.name}" at ${new URL(url).host}: ${why}. The next run tries again.`
    throw isRefusal ? new Failure(sentence) : new BusFailure(sentence)
  }
}

interface PostOutcome {
  /** Undefined if the webhook accepted the body. */
  why?: string
  isRetriable?: boolean
  /** True if the webhook refuses this body but takes others. */
  isRefusal?: boolean
}

async function tryOnce(
  { authorization }: WebhookSettings,
  url: string,
  request: { method: string; body?: string; headers: Record<string, string> },
): Promise<PostOutcome> {
  const headers = { ...request.headers, ...(authorization !== undefined && { authorization }) }
  try {
    // A redirect would send the body and the credentials to another address.
    const answer = await fetch(url, {
      ...request,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT),
    })
    await answer.body?.cancel()
    return outcomeOf(answer)
  } catch (error) {
    const why = whyNoAnswer(error, TIMEOUT)
    return { why, isRetriable: !why.startsWith('no answer') && !why.includes('certificate') }
  }
}

function outcomeOf({ ok, status }: Response): PostOutcome {
  if (ok) return {}
  if (status >= 300 && status < 400)
    return {
      why: `it answers with a redirect (${status}), which the watchdog does not follow: correct the url of the webhook`,
    }
  const why = `it answers with status ${status}`
  if ([400, 413, 415, 422].includes(status)) return { why, isRefusal: true }
  return { why, isRetriable: status === 429 || status >= 500 }
}

/**
 * For doctor: asks without changing anything.
 * @returns the status
 * @throws Failure if there is no answer, or a bad one
 */
export async function ask(webhook: WebhookSettings, url: string, method: 'GET' | 'OPTIONS'): Promise<void> {
  const { why } = await tryOnce(webhook, url, { method, headers: {} })
  const isMethodRefused = method === 'OPTIONS' && /status (400|404|405|415|501)$/.test(why ?? '')
  if (why === undefined || isMethodRefused) return
  throw new Failure(`webhook "${webhook.name}" at ${new URL(url).host}: ${why}.`)
}
