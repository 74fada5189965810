import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import type { Place } from '../../core/alerts/posting.ts'
import type { SlackSettings } from '../../core/model/settings.ts'
import { SlackFailure } from '../../jobs/ports.ts'
import type { Attachment, SlackMessage } from '../messages/layout.ts'
import { ConnectionError, isMissingScope, slackFailure } from './errors.ts'

/** Where a message is to stand. */
export interface Destination {
  /** Name or id; undefined: the one of the settings. */
  channel?: string | undefined
  /** The message in whose thread it is to stand. */
  thread?: Place | undefined
  /** A reply that the channel sees, too. */
  broadcast?: boolean
}

/** One workspace, and the channel of the settings. Every method throws a SlackFailure that says what may be done next. */
export interface SlackChannel {
  post(message: SlackMessage, to?: Destination): Promise<Place>
  update(at: Place, message: SlackMessage): Promise<void>
  /**
   * A message with the same metadata. Scopes: channels:history, of private channels groups:history.
   * @param channel the channel's id
   * @param since ms since the epoch
   * @returns undefined where there is none among 2,000 messages, or the app may not look
   */
  find(
    message: SlackMessage,
    where: { channel: string; thread: Place | undefined; since: number },
  ): Promise<Place | undefined>
  /** The message's own address; undefined where Slack does not tell. */
  permalink(message: Place): Promise<string | undefined>
  /** Posts nothing. Scopes: those that the token has; undefined where Slack does not tell. */
  check(): Promise<{ team: string; user: string; scopes: readonly string[] | undefined }>
  /** Whether the app is in the channel. Undefined where only a message tells: by a name, or without a history scope. */
  isMember(): Promise<true | undefined>
}

/** Slack takes one message a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits */
const pause = 1000

/**
 * Nothing is tried twice: a call that timed out may have posted. Whoever calls knows what was not posted, and the next
 * run posts it.
 * @param timeout ms for one call
 */
export function slackChannel(
  settings: Pick<SlackSettings, 'token' | 'channel' | 'apiUrl'>,
  { timeout = 5000 } = {},
): SlackChannel {
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
    async post({ file, ...message }, { channel: name = settings.channel, thread, broadcast = false } = {}) {
      const doing = `post to Slack channel "${name}"`
      await inTurn()
      if (file && thread && (await uploaded(file, message.text, thread, doing))) return thread

      const { channel, ts } = await client.chat
        .postMessage({
          ...(thread
            ? { channel: thread.channel, thread_ts: thread.ts, reply_broadcast: broadcast }
            : { channel: name, reply_broadcast: false }),
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

    async update({ channel, ts }, { text, attachments, metadata }) {
      await inTurn()
      const doing = `edit message ${ts} in Slack channel "${settings.channel}"`
      await client.chat
        .update({ channel, ts, text, attachments, metadata, ...literal })
        .catch(error => Promise.reject(slackFailure(doing, error, 'It may be edited all the same.')))
    },

    async find({ metadata }, { channel, thread, since }) {
      const wanted = { channel, oldest: String(since / 1000), limit: 200, include_all_metadata: true }
      try {
        let cursor: string | undefined
        for (let page = 0; page < mostPages; page++) {
          const args = cursor ? { ...wanted, cursor } : wanted
          const { messages = [], response_metadata } = thread
            ? await client.conversations.replies({ ...args, ts: thread.ts })
            : await client.conversations.history(args)
          const found = messages.find(message => isSame(message, metadata.event_payload))
          if (found?.ts !== undefined) return { channel, ts: found.ts }

          cursor = response_metadata?.next_cursor
          if (!cursor) break
        }
        return undefined
      } catch (error) {
        const failure = slackFailure(`look for a message in Slack channel ${channel}`, error)
        // Who may not look posts again: rather twice than never. A thread that is gone has nothing to be found.
        if (failure.trouble === 'not-posted' || failure.trouble === 'message-gone') return undefined
        throw new SlackFailure('rate-limited', failure.message, { cause: failure })
      }
    },

    async permalink({ channel, ts }) {
      const found = await client.chat.getPermalink({ channel, message_ts: ts }).catch(() => undefined)
      return found?.permalink
    },

    async check() {
      const { team, user, response_metadata } = await client.auth
        .test()
        .catch(error => Promise.reject(slackFailure('sign in to Slack', error)))
      return { team: team ?? 'unknown', user: user ?? 'unknown', scopes: response_metadata?.scopes }
    },

    async isMember() {
      const { channel } = settings
      if (!isChannelId(channel)) return undefined
      try {
        await client.conversations.history({ channel, limit: 1 })
        return true
      } catch (error) {
        if (isMissingScope(error)) return undefined
        throw slackFailure(`look into Slack channel ${channel}`, error)
      }
    },
  }

  /** Scope: files:write. @returns false where the app lacks it, so that a text has to do */
  async function uploaded(
    { name, content }: Attachment,
    comment: string,
    thread: Place,
    doing: string,
  ): Promise<boolean> {
    try {
      await client.files.uploadV2({
        channel_id: thread.channel,
        thread_ts: thread.ts,
        initial_comment: comment,
        filename: name,
        content,
      })
      return true
    } catch (error) {
      if (isMissingScope(error)) return false
      throw slackFailure(doing, error, 'The file may be there all the same.')
    }
  }
}

/** Of `limit` messages each, to be read in search of one: a run is not to be kept busy by a channel of machines. */
const mostPages = 10

/** Rather than its name: no name is in capitals. */
export const isChannelId = (channel: string): boolean => /^[CG][A-Z0-9]{6,}$/.test(channel)

/** Metadata as Slack gives it back. */
const isSame = (
  { metadata }: { metadata?: { event_payload?: object } },
  key: Record<string, unknown>,
): boolean => {
  const payload = metadata?.event_payload
  return (
    payload !== undefined &&
    Object.entries(key).every(([name, value]) => Reflect.get(payload, name) === value)
  )
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
