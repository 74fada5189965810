import type { AlertMessage, DeliveryTarget } from '../core/alerts/message.ts'
import type { Notice } from '../core/alerts/notice.ts'
import { type IgnoreMode, type Route, routeName, type SlackSettings } from '../core/model/settings.ts'
import { type ChannelIds, type Notifier, SlackFailure } from '../jobs/ports.ts'
import { type Destination, isChannelId, type SlackChannel } from './client/channel.ts'
import { type RenderOptions, render, type SlackMessage } from './messages/message.ts'

export interface NotifierSettings extends Pick<SlackSettings, 'channel' | 'mention'> {
  /** True if clicks are answered. */
  buttons?: boolean
  ignore?: IgnoreMode
  docs: string | undefined
  /** Address of the page. */
  page?: string | undefined
  /** All routes of the cluster, in the order of the settings, because errors show a route's number. */
  routes?: readonly Route[]
}

/** Renders messages, and sends each to the channel of its route, with the route's mention. */
export function slackNotifier(
  slack: SlackChannel,
  { channel, mention, docs, page, buttons, ignore = 'off', routes = [] }: NotifierSettings,
): Notifier {
  /** Each mention once, if the message is about groups of several routes. */
  function mentionIn({ route, mentioned }: AlertMessage): string | undefined {
    const all = (mentioned.length > 0 ? mentioned : [route]).map(other => other?.mention ?? mention)
    return [...new Set(all)].filter(Boolean).join(' ') || undefined
  }

  const rendered = async (message: AlertMessage, { related, refused }: DeliveryTarget) =>
    rendering(message.notice, {
      mention: mentionIn(message),
      docs,
      page,
      buttons,
      mayIgnore: ignore !== 'off',
      related: related ? await slack.permalink(related) : undefined,
      refused,
    })

  /** The channel for errors. Errors blame a setting only for the channel that it names. */
  function named(name: string, route: Route | null): Pick<Destination, 'name' | 'setting'> {
    if (route === null || name !== route.channel) return { name }
    return { name, setting: routeName(route, routes, 'channel') }
  }

  function destination({ route, reply }: AlertMessage, target: DeliveryTarget, channels: ChannelIds) {
    const { thread, refused } = target
    const id = thread?.channel ?? target.channel
    const broadcast = reply === 'broadcast'
    if (refused || id === null)
      return { ...named(refused ? channel : (route?.channel ?? channel), route), broadcast }
    return { ...named(nameIn(channels, id), route), channel: id, thread: thread ?? undefined, broadcast }
  }

  const idOf = (name: string, channels: ChannelIds) =>
    channels[name] ?? (isChannelId(name) ? name : undefined)

  return {
    nameOf: (message, target, channels) => destination(message, target, channels).name ?? channel,

    post: async (message, target, channels) =>
      slack.post(await rendered(message, target), destination(message, target, channels)),

    update: async (location, message, target, channels) =>
      slack.update(
        location,
        await rendered(message, target),
        named(nameIn(channels, location.channel), message.route),
      ),

    async find({ notice, route }, { thread, channel: home, refused }, channels, since) {
      const message = rendering(notice, { mention: undefined })
      // The usual place, and the place if the thread is gone or the channel refuses the message.
      const usual = thread?.channel ?? home ?? idOf(route?.channel ?? channel, channels)
      const places = new Set(
        [refused ? undefined : usual, idOf(channel, channels)].filter(id => id !== undefined),
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

/** @throws SlackFailure if a notice cannot be rendered: the message is certainly not in Slack */
function rendering(notice: Notice, options: RenderOptions): SlackMessage {
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

const nameIn = (channels: ChannelIds, id: string): string =>
  Object.keys(channels).find(name => channels[name] === id) ?? id
