import { createHmac, timingSafeEqual } from 'node:crypto'
import { MINUTE } from '../../core/time.ts'
import type { Refusal } from './workspace.ts'

/** The used parts of a request to a Lambda function URL. Header names are in lower case. */
export interface UrlRequest {
  headers: Record<string, string | undefined>
  body?: string | undefined
  isBase64Encoded: boolean
}

/** ms after which a recorded request is no longer accepted. */
const WINDOW = 5 * MINUTE

/**
 * True if the request can be from Slack: it is recent, and its signature has the right form. This check needs no
 * secret.
 */
export function mayBeSigned({ headers }: UrlRequest, now: number): boolean {
  const time = headers['x-slack-request-timestamp'] ?? ''
  const isRecent = /^\d{1,12}$/.test(time) && Math.abs(now - Number(time) * 1000) <= WINDOW
  return isRecent && /^v0=[0-9a-f]{64}$/.test(headers['x-slack-signature'] ?? '')
}

/** Bytes. Slack's payload for a click includes the message, and is far smaller. */
const MOST = 200_000

/**
 * The payload that Slack signed: the fields of a slash command, or the JSON of an interaction.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 * @param now ms since the epoch
 */
export function verifiedPayload(
  request: UrlRequest,
  { signingSecret, now }: { signingSecret: string; now: number },
): Refusal | object {
  const { headers, body = '', isBase64Encoded } = request
  if (!mayBeSigned(request, now)) return 401
  const raw = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  if (raw.length > MOST) return 413
  const time = headers['x-slack-request-timestamp'] ?? ''
  const signature = createHmac('sha256', signingSecret).update(`v0:${time}:`).update(raw).digest('hex')
  const expected = Buffer.from(`v0=${signature}`)
  const given = Buffer.from(headers['x-slack-signature'] ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 401
  return payloadIn(new URLSearchParams(raw.toString('utf8')))
}

/** https://docs.slack.dev/reference/interaction-payloads */
function payloadIn(form: URLSearchParams): 400 | object {
  const json = form.get('payload')
  if (json === null) return Object.fromEntries(form)
  try {
    const payload: unknown = JSON.parse(json)
    return typeof payload === 'object' && payload !== null ? payload : 400
  } catch {
    return 400
  }
}
