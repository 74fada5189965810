import { setTimeout as sleep } from 'node:timers/promises'
import { WebAPIPlatformError } from '@slack/web-api'
import type { MessageLocation } from '../../core/alerts/message.ts'
import type { SlackSettings } from '../../core/model/settings.ts'
import { SlackFailure } from '../../jobs/ports.ts'
import type { Attachment, SlackMessage } from '../messages/layout.ts'
import { isMalformed, isMissingScope, slackFailure } from './errors.ts'
import { webClient } from './web-client.ts'

/** A channel, as errors show it. */
export interface Named {
  /** Name or id; undefined for the channel of the settings. */
  name?: string | undefined
  /** The setting that names the channel. */
  setting?: string | undefined
}

export interface Destination extends Named {
  /** Name or id; undefined to use the name. */
  channel?: string | undefined
  /** The message whose thread gets this one as a reply. */
  thread?: MessageLocation | undefined
  /** True if the channel also sees the reply. */
  broadcast?: boolean
}

/**
 * One workspace, and the channel of the settings. Every method throws a SlackFailure, whose trouble says what may be
 * done next.
 */
export interface SlackChannel {
  post(message: SlackMessage, to?: Destination): Promise<MessageLocation>
  update(at: MessageLocation, message: SlackMessage, named?: Named): Promise<void>
  /**
   * Finds a message by its metadata. Scopes: channels:history, for private channels groups:history.
   * @param channel the channel's id
   * @param since ms since the epoch
   * @returns undefined if none of 2,000 messages matches, or if the app may not read them
   */
  find(
    message: SlackMessage,
    where: { channel: string; thread: MessageLocation | undefined; since: number },
  ): Promise<MessageLocation | undefined>
  /** The message's permalink; undefined if Slack does not return one. */
  permalink(message: MessageLocation): Promise<string | undefined>
  /** Tests the token without posting. `scopes` are the token's scopes; undefined if Slack does not return them. */
  check(): Promise<{ team: string; teamId: string; user: string; scopes: readonly string[] | undefined }>
  /**
   * True if the app is in the channel (by default that of the settings). Throws if it is not, or if the channel is
   * archived. Undefined if only a posted message could tell. Scopes: channels:read (groups:read). For an id,
   * channels:history (groups:history) is enough, but does not show an archived channel.
   */
  isMember(named?: Named): Promise<true | undefined>
}

/** ms. Slack takes one message a second in a channel. https://docs.slack.dev/apis/web-api/rate-limits */
const slacksPause = 1000

/**
 * No call is repeated: a call that timed out may have posted. The caller knows which messages were not posted, and the
 * next run posts them.
 * @param timeout ms for one call
 * @param pause ms between two messages
 */
export function slackChannel(
  settings: Pick<SlackSettings, 'token' | 'channel' | 'apiUrl'>,
  { timeout = 5000, pause = slacksPause } = {},
): SlackChannel {
  const client = webClient(settings.token, { apiUrl: settings.apiUrl, timeout })
  const inTurn = oneEvery(pause)
  let canUpload = true

  return {
    async post({ file, ...message }, to = {}) {
      const { name = settings.channel, thread, broadcast = false, setting } = to
      const doing = `post to Slack channel "${name}"`
      await inTurn()
      if (file && thread && (await uploaded(file, message.text, thread, doing))) return thread

      const doubt = 'Slack may have posted the message anyway.'
      const place = thread
        ? { channel: thread.channel, thread_ts: thread.ts, reply_broadcast: broadcast }
        : { channel: to.channel ?? name, reply_broadcast: false as const }
      const send = (content: Pick<SlackMessage, 'text'> & Partial<SlackMessage>) =>
        client.chat.postMessage({
          ...place,
          ...content,
          ...literal,
          unfurl_links: false,
          unfurl_media: false,
        })
      const { channel, ts } = await send(message)
        .catch(async error => {
          if (!isMalformed(error)) throw error
          await inTurn()
          return send(plain(message, error))
        })
        .catch(error => Promise.reject(slackFailure(doing, error, { doubt, setting })))
      if (channel === undefined || ts === undefined) {
        throw new SlackFailure('unsure', `cannot ${doing}: Slack’s answer does not say where the message is.`)
      }
      return { channel, ts }
    },

    async update({ channel, ts }, { text, attachments, metadata }, { name = channel, setting } = {}) {
      await inTurn()
      const doing = `edit message ${ts} in Slack channel "${name}"`
      const doubt = 'Slack may have edited the message anyway.'
      const edit = (
        content: Partial<Pick<SlackMessage, 'metadata'>> & { text: string; attachments: Attached | [] },
      ) => client.chat.update({ channel, ts, ...content, ...literal })
      await edit({ text, attachments, metadata })
        .catch(async error => {
          if (!isMalformed(error)) throw error
          await inTurn()
          return edit({ attachments: [], ...plain({ text, metadata }, error) })
        })
        .catch(error => Promise.reject(slackFailure(doing, error, { doubt, setting })))
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
        // Without the right to look, the message is posted again: a duplicate is better than no
        // message. A thread that is gone holds nothing to find.
        if (['not-posted', 'channel-refused', 'message-gone'].includes(failure.trouble)) return undefined
        // Only a rate limit ends the run. Other messages do not need this search.
        const trouble = failure.trouble === 'rate-limited' ? 'rate-limited' : 'not-posted'
        throw new SlackFailure(trouble, failure.message, { cause: failure })
      }
    },

    async permalink({ channel, ts }) {
      const found = await client.chat.getPermalink({ channel, message_ts: ts }).catch(() => undefined)
      return found?.permalink
    },

    async check() {
      const { team, team_id, user, response_metadata } = await client.auth
        .test()
        .catch(error => Promise.reject(slackFailure('sign in to Slack', error)))
      return {
        team: team ?? 'unknown',
        teamId: team_id ?? '',
        user: user ?? 'unknown',
        scopes: response_metadata?.scopes,
      }
    },

    async isMember({ name = settings.channel, setting } = {}) {
      try {
        const found = isChannelId(name)
          ? (await client.conversations.info({ channel: name })).channel
          : await membershipOf(name.replace(/^#/, ''))
        if (found?.is_archived) throw new WebAPIPlatformError({ ok: false, error: 'is_archived' })
        if (!found?.is_member) throw new WebAPIPlatformError({ ok: false, error: 'not_in_channel' })
        return true
      } catch (error) {
        if (!isMissingScope(error)) throw slackFailure(`look into Slack channel ${name}`, error, { setting })
        return isChannelId(name) ? hasHistory(name, setting) : undefined
      }
    },
  }

  async function hasHistory(channel: string, setting: string | undefined): Promise<true | undefined> {
    try {
      await client.conversations.history({ channel, limit: 1 })
      return true
    } catch (error) {
      if (isMissingScope(error)) return undefined
      throw slackFailure(`look into Slack channel ${channel}`, error, { setting })
    }
  }

  /** Finds a channel by its name. Slack offers this only for the channels that the app is in. */
  async function membershipOf(name: string): Promise<{ is_archived?: boolean; is_member: true } | undefined> {
    let cursor: string | undefined
    do {
      const { channels = [], response_metadata } = await client.users.conversations({
        types: 'public_channel,private_channel',
        limit: 200,
        ...(cursor && { cursor }),
      })
      const found = channels.find(channel => channel.name === name)
      if (found) return { is_archived: found.is_archived ?? false, is_member: true }
      cursor = response_metadata?.next_cursor
    } while (cursor)
    return undefined
  }

  /**
   * A file becomes visible with the last of three calls. Only the second call goes to files.slack.com.
   * https://docs.slack.dev/messaging/working-with-files#upload. Scope: files:write.
   * @returns false if the file is certainly not in the thread; the caller then posts a text instead
   */
  async function uploaded(
    { name, content }: Attachment,
    comment: string,
    thread: MessageLocation,
    doing: string,
  ): Promise<boolean> {
    const id = canUpload ? await stored(name, content).catch(() => undefined) : undefined
    // If one file fails, the other files of this run would fail, too, each after its own time-out.
    canUpload = id !== undefined
    if (id === undefined) return false
    try {
      await client.files.completeUploadExternal({
        files: [{ id, title: name }],
        channel_id: thread.channel,
        thread_ts: thread.ts,
        initial_comment: comment,
      })
      return true
    } catch (error) {
      const failure = slackFailure(doing, error, { doubt: 'Slack may have posted the file anyway.' })
      if (failure.trouble === 'unsure') throw failure
      return false
    }
  }

  /** @returns the id of a file that is not visible yet; throws if its bytes did not arrive */
  async function stored(filename: string, content: string): Promise<string | undefined> {
    const length = Buffer.byteLength(content)
    const { upload_url = '', file_id } = await client.files.getUploadURLExternal({ filename, length })
    const body = new FormData()
    body.append('file', new Blob([content]), filename)
    const answer = await fetch(upload_url, { method: 'POST', body, signal: AbortSignal.timeout(timeout) })
    // A proxy's own page may also have a success status.
    const isStored = (await answer.text()).startsWith('OK') && answer.ok
    return isStored ? file_id : undefined
  }
}

/**
 * Pages of `limit` messages that one search reads, so that a channel full of automatic messages does not hold up the
 * run.
 */
const mostPages = 10

type Attached = SlackMessage['attachments']

/** If Slack finds an alert malformed, only its headline is posted, with Slack's error. */
const plain = (
  { text, metadata }: Pick<SlackMessage, 'text' | 'metadata'>,
  { data: { error } }: WebAPIPlatformError,
) => ({
  text: `${text.slice(0, 3000)}\n(Slack refused the full message: ${error}. This is a defect of offset-watchdog: please report it.)`,
  // The next run finds the message by its metadata.
  ...(error.startsWith('metadata_') ? {} : { metadata }),
})

/** True for an id. A channel name has no capitals. */
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

/** Slack makes mentions and links only from explicit markup. */
const literal = { parse: 'none', link_names: false } as const

/** Resolves when it is the caller's turn. */
function oneEvery(pause: number): () => Promise<void> {
  let free = 0
  return async () => {
    const now = performance.now()
    const turn = Math.max(now, free)
    free = turn + pause
    await sleep(turn - now)
  }
}
