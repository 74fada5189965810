import { SlackFailure } from '../../../functions/jobs/ports.ts'
import type { SlackChannel } from '../../../functions/slack/client/channel.ts'
import type { SlackMessage } from '../../../functions/slack/messages/message.ts'
import type { Process } from './processes.ts'

export interface Posted {
  /** The metadata by which Slack's history identifies messages, as JSON. */
  key: string
  channel: string
  message: SlackMessage
}

/** Slack's channels in memory. test/slack/server.ts simulates more of Slack, but takes a second a message. */
export class Workspace {
  readonly posts: Posted[] = []
  edits = 0
  /** Names of channels that accept no message: they are archived, or the app is not a member. */
  readonly refusing = new Set<string>()
  readonly #settings: { channel: string }

  constructor(settings: { channel: string }) {
    this.#settings = settings
  }

  seenBy(process: Process): SlackChannel {
    const call = <T>(work: () => T) => process.call('slack', work)
    return {
      post: (message, { thread, channel, name = this.#settings.channel } = {}) =>
        call(() => {
          const id = thread?.channel ?? idOf(channel ?? name)
          this.#refuse(id)
          this.posts.push({ key: keyOf(message), channel: id, message })
          return { channel: id, ts: String(this.posts.length) }
        }),
      update: ({ channel, ts }, message) =>
        call(() => {
          this.#refuse(channel)
          const posted = this.posts[Number(ts) - 1]
          if (!posted) throw new SlackFailure('message-gone', 'no such message.')
          posted.message = message
          this.edits++
        }),
      find: (message, { channel }) =>
        call(() => {
          const found = this.posts.findIndex(each => each.channel === channel && each.key === keyOf(message))
          return found < 0 ? undefined : { channel, ts: String(found + 1) }
        }),
      permalink: async () => undefined,
      check: async () => ({ team: 'T', teamId: 'T0123', user: 'U', scopes: undefined }),
      isMember: async () => true,
    }
  }

  #refuse(id: string): void {
    if ([...this.refusing].some(name => idOf(name) === id))
      throw new SlackFailure('channel-refused', 'the channel is archived.')
  }
}

/** Slack accepts a channel's name or id, and answers with its id. */
const idOf = (channel: string): string =>
  channel.startsWith('#') ? `C${channel.slice(1).toUpperCase()}000` : channel

export const keyOf = ({ metadata }: SlackMessage): string => JSON.stringify(metadata.event_payload)

/** A message by its channel and key. */
export const placed = (post: Posted | undefined): string => `${post?.channel} ${post?.key}`
