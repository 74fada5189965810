import type { SlackSettings } from '../core/model/settings.ts'
import type { Channel } from '../jobs/ports.ts'
import { isChannelId, type SlackChannel } from './client/channel.ts'
import { render } from './messages/message.ts'

interface House extends Pick<SlackSettings, 'channel' | 'mention'> {
  docs: string | undefined
}

/** Notices become Slack's messages in the channel, and with the mention, that their route names. */
export function letterbox(slack: SlackChannel, { channel, mention, docs }: House): Channel {
  const nameOf: Channel['nameOf'] = ({ route }) => route?.channel ?? channel
  const rendered = async ({ notice, route, see }: Parameters<Channel['post']>[0]) =>
    render(notice, {
      mention: route?.mention ?? mention,
      docs,
      see: see ? await slack.permalink(see) : undefined,
    })
  return {
    nameOf,

    post: async letter =>
      slack.post(await rendered(letter), {
        channel: nameOf(letter),
        thread: letter.thread ?? undefined,
        broadcast: letter.broadcast,
      }),

    update: async (place, letter) => slack.update(place, await rendered(letter)),

    async find(letter, channels, since) {
      const { thread, notice } = letter
      const name = nameOf(letter)
      const id = thread?.channel ?? channels[name] ?? (isChannelId(name) ? name : undefined)
      if (id === undefined) return undefined
      return slack.find(render(notice, { mention: undefined }), {
        channel: id,
        thread: thread ?? undefined,
        since,
      })
    },
  }
}
