import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import type { SlackSettings } from '../core/settings.ts'
import { SlackFailure } from '../jobs/ports.ts'
import { ConnectionError, slackFailure } from './errors.ts'
import type { SlackMessage } from './layout.ts'

/** Where a message is: the channel's id, which `update` needs and a channel's name does not do for, and its ts. */
export interface Posted {
  channel: string
  ts: string
}

/** One channel of one workspace. Every method throws a SlackFailure, whose `trouble` says what may be done next. */
export interface SlackChannel {
  post(message: SlackMessage): Promise<Posted>
  update(at: Posted, message: SlackMessage): Promise<void>
  /** Posts nothing. Which of the scopes that are needed the token lacks, where Slack tells. */
  check(): Promise<{ team: string; user: string; missingScopes: string[] }>
}

/** Slack takes one message a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits */
const pause = 1000

/**
 * Nothing is tried twice: a call that timed out may have posted. Whoever calls knows what was not posted, and the next
 * run posts it.
 * @param timeout ms for one call
 */
export function slackChannel(settings: SlackSettings, { timeout = 5000 } = {}): SlackChannel {
  const client = new WebClient(settings.token, {
    ...(settings.apiUrl ? { slackApiUrl: settings.apiUrl } : {}),
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    // WebClient keeps of an error that is not an Error of its own realm only the text.
    fetch: (url, init) => fetch(url, init).catch(cause => Promise.reject(new ConnectionError(cause))),
  })
  const inTurn = oneASecond()

  return {
    async post(message) {
      const doing = `post to Slack channel "${settings.channel}"`
      await inTurn()
      const { channel, ts } = await client.chat
        .postMessage({
          channel: settings.channel,
          ...message,
          ...literal,
          unfurl_links: false,
          unfurl_media: false,
        })
        .catch(error => Promise.reject(slackFailure(doing, error, 'The message may be there all the same.')))
      if (channel === undefined || ts === undefined) {
        throw new SlackFailure('unsure', `cannot ${doing}: Slack did not say where the message is.`)
      }
      return { channel, ts }
    },

    async update({ channel, ts }, message) {
      await inTurn()
      const doing = `edit message ${ts} in Slack channel "${settings.channel}"`
      await client.chat
        .update({ channel, ts, ...message, ...literal })
        .catch(error => Promise.reject(slackFailure(doing, error, 'It may be edited all the same.')))
    },

    async check() {
      const { team, user, response_metadata } = await client.auth
        .test()
        .catch(error => Promise.reject(slackFailure('sign in to Slack', error)))
      const scopes = response_metadata?.scopes
      return {
        team: team ?? 'unknown',
        user: user ?? 'unknown',
        missingScopes: scopes && !scopes.includes('chat:write') ? ['chat:write'] : [],
      }
    },
  }
}

/** Slack makes mentions and links of what is written as one, and of nothing else. */
const literal = { parse: 'none', link_names: false } as const

/** Resolves when it is the caller's turn. */
function oneASecond(): () => Promise<void> {
  let free = 0
  return async () => {
    const now = performance.now()
    const turn = Math.max(now, free)
    free = turn + pause
    await sleep(turn - now)
  }
}

/** WebClient logs to the console; what fails here is thrown. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
