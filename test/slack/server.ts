import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as bodyOf } from 'node:stream/consumers'
import type { SlackMessage } from '../../functions/slack/messages/message.ts'
import { pageOf } from './client/history.ts'
import { type Interactivity, interactivityOf } from './interactivity.ts'
import { fileMessage, type StoredFile, uploaded } from './messages/files.ts'
import { teamId } from './payloads.ts'
import {
  type Answer,
  decoded,
  fail,
  messageOf,
  nextTs,
  refusalOf,
  refuse,
  reply,
  scopeOf,
  uploadAnswers,
} from './server-answers.ts'

export interface StoredMessage extends SlackMessage {
  channel: string
  ts: string
  /** The message before each edit, oldest first. */
  edits: SlackMessage[]
  /** ts of the thread's first message; undefined in the channel itself. */
  thread: string | undefined
  /** True for a reply that is also shown in the channel. */
  broadcast: boolean
}

/** Slack's failure in one call. */
export type Mishap =
  | { error: string; needed?: string }
  | { status: number; retryAfter?: number; body?: string }
  /** Does the work, but never answers. */
  | 'hang'
  | 'cut'
  /** Does the work without a failure; a later entry fails. */
  | 'none'

export interface FakeSlack {
  /** Clicks, commands and Socket Mode. */
  interactivity: Interactivity
  /** The value of SLACK_API_URL. */
  url: string
  token: string
  /** In the order of posting, without deleted ones. */
  messages: StoredMessage[]
  /** Every call, with its arguments as received. */
  calls: { method: string; args: Record<string, string> }[]
  /** Mishaps of the next calls, one each. */
  mishaps: Mishap[]
  /** The scopes of the token, which auth.test returns in a header. */
  scopes: string[]
  /** Errors of channels that accept no messages, edits or files, such as `is_archived`, by channel name. */
  refusals: Map<string, string>
  /** Failure of the upload host; undefined if the host accepts the file. */
  uploads: 'refused' | 'hang' | 'cut' | 'unavailable' | 'proxy' | undefined
  /** Called when the upload host has a file and does not answer. */
  onHang: () => void
  remove(ts: string): void
  stop(): Promise<void>
}

interface Options {
  /** Channel name → whether the app is a member. Ids are derived from the names. */
  channels?: Record<string, boolean>
  onMessage?: (message: StoredMessage) => void
  /** ms since the epoch; by default the machine's clock. */
  now?: () => number
}

/**
 * A fake of Slack's Web API on a free local port: the methods that the watchdog uses for messages, threads, files and
 * history, with Slack's documented errors, scopes and limits. https://docs.slack.dev/reference/methods
 */
export async function startSlack({
  channels = { '#kafka': true },
  onMessage,
  now = Date.now,
}: Options = {}): Promise<FakeSlack> {
  const token = `xoxb-${randomBytes(12).toString('hex')}`
  const members = new Map(Object.entries(channels))
  const ids = new Map(Object.keys(channels).map((name, i) => [name, `C0${i + 1}KAFKA`]))
  let count = 0
  const slack = {
    url: '',
    token,
    messages: [] as StoredMessage[],
    calls: [] as FakeSlack['calls'][number][],
    mishaps: [] as Mishap[],
    refusals: new Map<string, string>(),
    uploads: undefined as FakeSlack['uploads'],
    onHang: () => {},
    scopes: ['chat:write', 'files:write', 'channels:history'],
  }

  /** Slack accepts a channel's name or id for a post, but only its id for an edit. */
  const channelToPost = (wanted: string) =>
    [...ids].find(([name, id]) => [name, name.slice(1), id].includes(wanted))

  const inChannel = (id: string) => slack.messages.filter(({ channel }) => channel === id)
  const files = new Map<string, StoredFile>()

  function add(message: Omit<StoredMessage, 'ts' | 'edits'>): string {
    const stored = { ...message, ts: nextTs(now(), count++), edits: [] }
    slack.messages.push(stored)
    onMessage?.(stored)
    return stored.ts
  }

  const nameOf = (channel: string | undefined) => [...ids].find(([, id]) => id === channel)?.[0] ?? ''

  /** The error of a channel that cannot be written to, by its id. */
  function unwritable(channel: string | undefined): Answer | undefined {
    const name = nameOf(channel)
    const refusal = slack.refusals.get(name)
    if (name === '' || refusal === 'channel_not_found') return refuse('channel_not_found')
    if (!members.get(name)) return refuse('not_in_channel')
    return refusal === undefined ? undefined : refuse(refusal)
  }

  /** The messages of a channel that the app may read, even if it is archived; else the error. */
  function readable({ channel = '' }: Record<string, string>): StoredMessage[] | Answer {
    const name = nameOf(channel)
    const refusal = slack.refusals.get(name) ?? ''
    if (name === '' || refusal === 'channel_not_found') return refuse('channel_not_found')
    return members.get(name) && refusal !== 'not_in_channel' ? inChannel(channel) : refuse('not_in_channel')
  }

  const asChannel = (name: string) => ({
    id: ids.get(name),
    name: name.replace(/^#/, ''),
    is_archived: slack.refusals.get(name) === 'is_archived',
    is_member: members.get(name) === true && slack.refusals.get(name) !== 'not_in_channel',
  })

  // Else it closes an idle connection after some seconds, and a client may just be posting over it.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(request, response).catch(error => response.destroy(error))
  })
  const interactivity = interactivityOf(server, () => slack.url)

  const methods: Record<string, (args: Record<string, string>) => Answer> = {
    ...interactivity.methods,

    'auth.test': () => ({
      ok: true,
      team: 'Testers',
      team_id: teamId,
      user: 'offset-watchdog',
      url: 'https://testers.slack.com/',
    }),

    'chat.postMessage': args => {
      const [, channel] = channelToPost(args.channel ?? '') ?? []
      const unwilling = unwritable(channel)
      if (channel === undefined || unwilling) return unwilling ?? refuse('channel_not_found')

      const thread = args.thread_ts
      if (thread !== undefined && !inChannel(channel).some(({ ts }) => ts === thread))
        return refuse('thread_not_found')

      const refusal = refusalOf(args)
      if (refusal) return refusal
      const broadcast = args.reply_broadcast === 'true'
      const ts = add({ ...messageOf(args), channel, thread, broadcast })
      return { ok: true, channel, ts }
    },

    'chat.getPermalink': ({ channel = '', message_ts = '' }) =>
      inChannel(channel).some(({ ts }) => ts === message_ts)
        ? {
            ok: true,
            permalink: `https://testers.slack.com/archives/${channel}/p${message_ts.replace('.', '')}`,
          }
        : refuse('message_not_found'),

    'conversations.history': args => {
      const messages = readable(args)
      if ('ok' in messages) return messages
      const shown = messages.filter(({ thread, broadcast }) => thread === undefined || broadcast)
      return pageOf(shown.reverse(), args)
    },

    'conversations.replies': args => {
      const messages = readable(args)
      if ('ok' in messages) return messages
      const thread = messages.filter(each => args.ts === (each.thread ?? each.ts))
      return thread[0] ? pageOf(thread, args) : refuse('thread_not_found')
    },

    'conversations.info': ({ channel }) => {
      const name = nameOf(channel)
      if (name === '' || slack.refusals.get(name) === 'channel_not_found') return refuse('channel_not_found')
      return { ok: true, channel: asChannel(name) }
    },

    'users.conversations': args => {
      const found = [...ids.keys()].map(asChannel).filter(channel => channel.is_member)
      const from = Number(args.cursor || 0)
      const next = from + 1 < found.length ? String(from + 1) : ''
      return { ok: true, channels: found.slice(from, from + 1), response_metadata: { next_cursor: next } }
    },

    'files.getUploadURLExternal': ({ filename = '' }) => {
      const id = `F0${files.size + 1}`
      files.set(id, { name: filename, content: '' })
      return { ok: true, upload_url: `${slack.url}upload/${id}`, file_id: id }
    },

    'files.completeUploadExternal': args => {
      const [{ id }] = JSON.parse(args.files ?? '[{}]')
      const file = files.get(id)
      if (!file) return refuse('file_not_found')
      const { channel_id: channel = '', thread_ts: thread, initial_comment: text = '' } = args
      const unwilling = unwritable(channel)
      if (unwilling) return unwilling
      add({ ...fileMessage(text, file), channel, thread, broadcast: false })
      return { ok: true, files: [{ id, title: file.name }] }
    },

    'chat.update': args => {
      const unwilling = unwritable(args.channel)
      if (unwilling) return unwilling
      const stored = slack.messages.find(({ ts, channel }) => ts === args.ts && channel === args.channel)
      if (!stored) return refuse('message_not_found')

      const refusal = refusalOf(args)
      if (refusal) return refusal
      const { text, attachments, metadata } = stored
      stored.edits.push({ text, attachments, metadata })
      Object.assign(stored, messageOf(args))
      onMessage?.(stored)
      return { ok: true, channel: stored.channel, ts: stored.ts }
    },
  }

  /** The error for a missing right of the token; undefined if the token has the right. */
  function refusedFor(sent: string | undefined, method: string): Answer | undefined {
    if (sent === undefined) return refuse('not_authed')
    const { appToken, appScopes } = interactivity.slack
    if (sent !== token && sent !== appToken) return refuse('invalid_auth')
    if ((sent === appToken) !== (method === 'apps.connections.open')) return refuse('not_allowed_token_type')
    const needed = scopeOf[method]
    const scopes = sent === appToken ? appScopes : slack.scopes
    return needed === undefined || scopes.includes(needed) ? undefined : refuse('missing_scope', { needed })
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.url?.replace(/^\/api\//, '') ?? ''
    const file = files.get(method.replace(/^upload\//, ''))
    if (file) {
      file.content = await uploaded(request)
      if (slack.uploads === 'cut') response.destroy()
      if (slack.uploads === 'hang') slack.onHang()
      if (slack.uploads === 'cut' || slack.uploads === 'hang') return
      const [status, body] = uploadAnswers[slack.uploads ?? 'taken']
      response.writeHead(status).end(body)
      return
    }

    const body = await bodyOf(request)
    const taken = interactivity.hook(method.slice(1), body)
    if (taken) return void response.writeHead(taken).end()
    const args = decoded(body, request.headers['content-type'] ?? '')
    slack.calls.push({ method, args })

    const mishap = slack.mishaps.shift()
    if (typeof mishap === 'object') return fail(response, mishap)

    const sent = request.headers.authorization?.replace(/^Bearer /, '') ?? args.token
    const result = refusedFor(sent, method) ?? methods[method]?.(args) ?? refuse('unknown_method')
    if (mishap === 'hang') return
    if (mishap === 'cut') response.destroy()
    else reply(response, 200, result, { 'x-oauth-scopes': slack.scopes.join(',') })
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  slack.url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/`
  return Object.assign(slack, {
    interactivity: interactivity.slack,
    remove(ts: string) {
      const at = slack.messages.findIndex(message => message.ts === ts)
      slack.messages.splice(at, 1)
    },
    async stop() {
      interactivity.stop()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}
