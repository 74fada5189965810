import type { Notice } from '../core/alerts/notice.ts'
import type { Letter } from '../core/alerts/posting.ts'
import type { Route, SlackSettings } from '../core/model/settings.ts'
import { type Channel, SlackFailure } from '../jobs/ports.ts'
import { type Destination, isChannelId, type SlackChannel } from './client/channel.ts'
import { type RenderOptions, render, type SlackMessage } from './messages/message.ts'

interface House extends Pick<SlackSettings, 'channel' | 'mention'> {
  docs: string | undefined
  /** All routes of the cluster, as the settings number them. */
  routes?: readonly Route[]
}

/** The ids of channels, by the names they have in the settings. */
type Channels = Record<string, string>

/** Notices become Slack's messages in the channel, and with the mention, that their route names. */
export function letterbox(slack: SlackChannel, { channel, mention, docs, routes = [] }: House): Channel {
  const rendered = async ({ notice, route, see, refused }: Letter) =>
    make(notice, {
      mention: route?.mention ?? mention,
      docs,
      see: see ? await slack.permalink(see) : undefined,
      refused,
    })

  /** As errors name it: a setting is at fault only for the channel that it names. */
  function named(name: string, route: Route | null): Pick<Destination, 'name' | 'setting'> {
    if (route === null || name !== route.channel) return { name }
    return { name, setting: `routes[${routes.indexOf(route)}].channel` }
  }

  function destination({ route, thread, home, refused, broadcast }: Letter, channels: Channels) {
    const id = thread?.channel ?? home
    if (refused || id === null)
      return { ...named(refused ? channel : (route?.channel ?? channel), route), broadcast }
    return { ...named(nameIn(channels, id), route), channel: id, thread: thread ?? undefined, broadcast }
  }

  const idOf = (name: string, channels: Channels) => channels[name] ?? (isChannelId(name) ? name : undefined)

  return {
    nameOf: (letter, channels) => destination(letter, channels).name ?? channel,

    post: async (letter, channels) => slack.post(await rendered(letter), destination(letter, channels)),

    update: async (place, letter, channels) =>
      slack.update(place, await rendered(letter), named(nameIn(channels, place.channel), letter.route)),

    async find(letter, channels, since) {
      const { thread, home, route, notice, refused } = letter
      const message = make(notice, { mention: undefined })
      // Where it belongs, and where it goes when its thread is gone or its channel refuses it.
      const own = thread?.channel ?? home ?? idOf(route?.channel ?? channel, channels)
      const places = new Set(
        [refused ? undefined : own, idOf(channel, channels)].filter(id => id !== undefined),
      )
      if (thread && !refused) {
        const reply = await slack.find(message, { channel: thread.channel, thread, since })
        if (reply) return reply
      }
      for (const id of places) {
        const found = await slack.find(message, { channel: id, thread: undefined, since })
        if (found) return found
      }
      return undefined
    },
  }
}

/** Slack certainly does not have a message that cannot even be made. */
function make(notice: Notice, options: RenderOptions): SlackMessage {
  try {
    return render(notice, options)
  } catch (cause) {
    const group = 'incident' in notice ? ` about group ${JSON.stringify(notice.incident.group)}` : ''
    throw new SlackFailure(
      'not-posted',
      `cannot make the ${notice.type} message${group}: ${String(cause)}. This is a defect of offset-watchdog: please report it.`,
      { cause },
    )
  }
}

const nameIn = (channels: Channels, id: string): string =>
  Object.keys(channels).find(name => channels[name] === id) ?? id
