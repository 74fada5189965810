import { createHmac, timingSafeEqual } from 'node:crypto'
import * as v from 'valibot'
import { MINUTE } from '../../core/time.ts'

/** A request to a Lambda function URL, as far as it is looked at. Names of headers are in lower case. */
export interface UrlRequest {
  headers: Record<string, string | undefined>
  body?: string | undefined
  isBase64Encoded: boolean
}

/** What somebody has typed behind the slash command, and where the answer goes. */
export const slashRequest = v.object({ text: v.string(), responseUrl: v.string() })
export type SlashRequest = v.InferOutput<typeof slashRequest>

export interface Verification {
  signingSecret: string
  teamId: string
  /** SLACK_API_URL. */
  apiUrl?: string | undefined
  /** ms since the epoch. */
  now: number
}

/** ms; whoever has recorded a request cannot use it for longer. */
const WINDOW = 5 * MINUTE

/** Whether an address is https on a host of Slack's, or on the host of SLACK_API_URL where that is set. */
export function isOfSlack(address: string, apiUrl: string | undefined): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  if (apiUrl !== undefined && url.origin !== 'null' && url.hostname === new URL(apiUrl).hostname) return true
  return url.protocol === 'https:' && url.port === '' && /(^|\.)slack(-gov)?\.com$/.test(url.hostname)
}

/** Whether it can be from Slack at all, which is seen without any secret: it is recent, and has the shape of a signature. */
export function mayBeSigned({ headers }: UrlRequest, now: number): boolean {
  const time = headers['x-slack-request-timestamp'] ?? ''
  const isRecent = /^\d{1,12}$/.test(time) && Math.abs(now - Number(time) * 1000) <= WINDOW
  return isRecent && /^v0=[0-9a-f]{64}$/.test(headers['x-slack-signature'] ?? '')
}

/** Bytes. What Slack sends for a click holds the message, which is far below. */
const MOST = 200_000

/**
 * The form of a request that Slack has signed, or an HTTP status that refuses it.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function verifiedForm(
  request: UrlRequest,
  { signingSecret, now }: Pick<Verification, 'signingSecret' | 'now'>,
): URLSearchParams | 401 | 413 {
  const { headers, body = '', isBase64Encoded } = request
  if (!mayBeSigned(request, now)) return 401
  const raw = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  if (raw.length > MOST) return 413
  const time = headers['x-slack-request-timestamp'] ?? ''
  const signature = createHmac('sha256', signingSecret).update(`v0:${time}:`).update(raw).digest('hex')
  const expected = Buffer.from(`v0=${signature}`)
  const given = Buffer.from(headers['x-slack-signature'] ?? '')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 401
  return new URLSearchParams(raw.toString('utf8'))
}

/** A slash command of this workspace, or an HTTP status that refuses it. */
export function slashRequestOf(
  form: URLSearchParams,
  { teamId, apiUrl }: Pick<Verification, 'teamId' | 'apiUrl'>,
): SlashRequest | 403 {
  const responseUrl = form.get('response_url') ?? ''
  if (form.get('team_id') !== teamId || !isOfSlack(responseUrl, apiUrl)) return 403
  return { text: form.get('text') ?? '', responseUrl }
}

export function verified(request: UrlRequest, verification: Verification): SlashRequest | 401 | 403 | 413 {
  const form = verifiedForm(request, verification)
  return typeof form === 'number' ? form : slashRequestOf(form, verification)
}
