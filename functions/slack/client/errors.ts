import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api'
import { property } from '../../core/model/failure.ts'
import { SlackFailure, type SlackTrouble } from '../../jobs/ports.ts'

/** The explanation with its remedy, and the consequence for the message. */
type ExplainedTrouble = [SlackTrouble, string]

/**
 * @param doing the attempted action, such as `post to Slack channel "#kafka"`
 * @param doubt added if Slack may have done it
 * @param setting the setting that names the channel
 */
export function slackFailure(
  doing: string,
  error: unknown,
  { doubt = '', setting = 'SLACK_CHANNEL' } = {},
): SlackFailure {
  const [trouble, why] = diagnose(error, setting)
  const sentences = [`cannot ${doing}: ${why}`, trouble === 'unsure' ? doubt : '']
  const retryAfter = error instanceof WebAPIRateLimitedError ? error.retryAfter * 1000 : 0
  return new SlackFailure(trouble, sentences.filter(Boolean).join(' '), { cause: error, retryAfter, why })
}

function diagnose(error: unknown, setting: string): ExplainedTrouble {
  if (error instanceof WebAPIRateLimitedError) {
    return ['rate-limited', `Slack asks to wait ${error.retryAfter} s.`]
  }
  if (error instanceof WebAPIPlatformError) return refusal(error, setting)
  if (error instanceof WebAPIHTTPError) return ['unsure', `Slack answered with HTTP ${error.statusCode}.`]
  return silence(error instanceof WebAPIRequestError ? error.original : error)
}

export const isMissingScope = (error: unknown): boolean =>
  error instanceof WebAPIPlatformError && error.data.error === 'missing_scope'

/**
 * True if Slack refuses the message itself, in any channel. `invalid_auth` and `invalid_channel` are not about the
 * message.
 */
export const isMalformed = (error: unknown): error is WebAPIPlatformError =>
  error instanceof WebAPIPlatformError &&
  /^(msg|invalid|too_many|attachment|metadata)_/.test(error.data.error) &&
  !/^invalid_(auth|channel)$/.test(error.data.error)

/**
 * Errors of chat.postMessage, chat.update and auth.test. An unknown error counts as an error of the channel, because an
 * attempt in another channel does no harm. https://docs.slack.dev/reference/methods/chat.postMessage
 */
function refusal(refused: WebAPIPlatformError, setting: string): ExplainedTrouble {
  const { data } = refused
  const { error } = data
  switch (error) {
    case 'not_authed':
    case 'invalid_auth':
      return [
        'not-posted',
        'Slack does not accept the token. Set SLACK_BOT_TOKEN to the app’s bot token, xoxb-….',
      ]
    case 'token_revoked':
    case 'token_expired':
    case 'account_inactive':
      return [
        'not-posted',
        `the token is no longer valid (${error}). Install the app again and set SLACK_BOT_TOKEN to its new token.`,
      ]
    case 'missing_scope': {
      const scope = 'needed' in data && typeof data.needed === 'string' ? data.needed : 'chat:write'
      return [
        'not-posted',
        `the token lacks the scope ${scope}. Add it under "OAuth & Permissions" and install the app again.`,
      ]
    }
    case 'channel_not_found':
    case 'invalid_channel':
      return [
        'channel-refused',
        `Slack knows no such channel, or the app may not see it. Check ${setting}, and invite the app if the channel is private.`,
      ]
    case 'not_in_channel':
      return [
        'channel-refused',
        `the app is not in the channel. Write "/invite @" and the app’s name there, or set ${setting} to another channel.`,
      ]
    case 'is_archived':
      return ['channel-refused', `the channel is archived. Set ${setting} to one that is in use.`]
    case 'restricted_action':
    case 'restricted_action_read_only_channel':
    case 'restricted_action_thread_only_channel':
    case 'messages_tab_disabled':
    case 'access_denied':
      return [
        'channel-refused',
        `the app may not post to the channel (${error}). Allow it, or set ${setting} to another channel.`,
      ]

    case 'message_not_found':
    case 'cant_update_message':
    case 'edit_window_closed':
    case 'thread_not_found':
    case 'cannot_reply_to_message':
    case 'restricted_action_non_threadable_channel':
    case 'restricted_action_thread_locked':
      return ['message-gone', `Slack no longer allows edits of or replies to the message (${error}).`]

    case 'ratelimited':
    case 'rate_limited':
    case 'message_limit_exceeded':
      return ['rate-limited', `Slack accepts no more messages for now (${error}).`]

    // Slack's documentation says that "some aspect of the operation" may have succeeded.
    case 'fatal_error':
    case 'internal_error':
    case 'service_unavailable':
    case 'request_timeout':
      return ['unsure', `Slack reports an internal error (${error}).`]
  }

  if (!/^[a-z_]+$/.test(error)) {
    return ['unsure', 'the answer does not come from Slack. Check SLACK_API_URL, and any proxy on the way.']
  }
  if (isMalformed(refused)) {
    const details = data.response_metadata?.messages?.join(' ') ?? 'without details'
    return [
      'not-posted',
      `Slack finds the message malformed (${error}, ${details}). This is a defect of offset-watchdog: please report it.`,
    ]
  }
  return [
    'channel-refused',
    `Slack refuses the call (${error}). https://docs.slack.dev/reference/methods explains this error.`,
  ]
}

/** The connection failed before a request was sent. Codes of libuv, of Node's TLS and of undici. */
const neverConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS_.+|UNABLE_TO_.+|.*CERT.*)$/

function silence(error: unknown): ExplainedTrouble {
  const reason = error instanceof ConnectionError ? error.reason : reasonOf(error)
  if (reason === 'TimeoutError') return ['unsure', 'Slack did not answer in time.']
  return neverConnected.test(reason)
    ? ['not-posted', `Slack is out of reach (${reason}). Check the network, any proxy, and SLACK_API_URL.`]
    : ['unsure', `the connection to Slack broke (${reason}).`]
}

/** The reason why a call got no answer: `TimeoutError`, or the code of the socket, of TLS or of undici. */
export class ConnectionError extends Error {
  readonly reason: string

  constructor(cause: unknown) {
    super('no answer from Slack', { cause })
    this.reason = reasonOf(cause)
  }
}

/** fetch reports every failure as "fetch failed", with the reason as its cause. */
const reasonOf = (error: unknown): string =>
  String(property(property(error, 'cause'), 'code') ?? property(error, 'name') ?? error)
