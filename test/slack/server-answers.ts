import type { ServerResponse } from 'node:http'
import type { SlackMessage } from '../../functions/slack/messages/message.ts'
import { violations } from './messages/limits.ts'
import type { Mishap } from './server.ts'
/** Answers of the upload host. `proxy` is the sign-in page of a proxy. */
export const uploadAnswers = {
  taken: [200, 'OK - 12'],
  refused: [403, 'Forbidden'],
  unavailable: [503, ''],
  proxy: [200, '<html>Sign in</html>'],
} as const

/** https://docs.slack.dev/reference/scopes */
export const scopeOf: Record<string, string> = {
  'apps.connections.open': 'connections:write',
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'conversations.history': 'channels:history',
  'conversations.replies': 'channels:history',
  'conversations.info': 'channels:read',
  'users.conversations': 'channels:read',
  'usergroups.users.list': 'usergroups:read',
  'files.getUploadURLExternal': 'files:write',
  'files.completeUploadExternal': 'files:write',
}

export type Answer = { ok: boolean } & Record<string, unknown>

export const refuse = (error: string, more: object = {}): Answer => ({ ok: false, error, ...more })

export function fail(response: ServerResponse, mishap: Exclude<Mishap, string>): void {
  if ('error' in mishap) {
    reply(response, 200, { ok: false, ...mishap })
    return
  }
  const retry = mishap.retryAfter === undefined ? {} : { 'retry-after': String(mishap.retryAfter) }
  response.writeHead(mishap.status, retry).end(mishap.body ?? '')
}

export function reply(response: ServerResponse, status: number, body: Answer, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Slack accepts arguments as a form with JSON for objects, or as JSON. */
export function decoded(body: string, type: string): Record<string, string> {
  if (!type.startsWith('application/json')) return Object.fromEntries(new URLSearchParams(body))
  const entries = Object.entries(JSON.parse(body) as Record<string, unknown>)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
  )
}

export const messageOf = ({
  text = '',
  attachments = '[]',
  metadata = '{}',
}: Record<string, string>): SlackMessage => ({
  text,
  attachments: JSON.parse(attachments),
  metadata: JSON.parse(metadata),
})

export function refusalOf(args: Record<string, string>): Answer | undefined {
  const found = violations(messageOf(args))
  if (!found[0]) return undefined
  const messages = found.map(({ error, at }) => `[ERROR] ${error} [json-pointer:${at}]`)
  return refuse(found[0].error, { response_metadata: { messages } })
}

/** Seconds and a counter, so that the ts is unique in its channel. */
export const nextTs = (now: number, n: number): string =>
  `${Math.floor(now / 1000)}.${String(n + 1).padStart(6, '0')}`
