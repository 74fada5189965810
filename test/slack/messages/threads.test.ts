import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { alertMessage, type DeliveryTarget } from '../../../functions/core/alerts/message.ts'
import type { Route } from '../../../functions/core/model/settings.ts'
import { slackChannel } from '../../../functions/slack/client/channel.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { slackNotifier } from '../../../functions/slack/notifier.ts'
import { type FakeSlack, type Mishap, startSlack } from '../server.ts'
import { commit, expiring, incident, loss, lost } from './samples.ts'

let slack: FakeSlack
const allScopes = ['chat:write', 'files:write', 'channels:history']
beforeAll(async () => {
  slack = await startSlack({ channels: { '#kafka': true, '#team': true } })
})
afterEach(() => {
  slack.mishaps.length = 0
  slack.messages.length = 0
  slack.scopes = allScopes
})
afterAll(() => slack.stop())

const channel = () =>
  slackChannel({ token: slack.token, channel: '#kafka', apiUrl: slack.url }, { timeout: 60_000, pause: 0 })
const parent = render(expiring([commit()]), { mention: undefined })
const offsets = render(
  { type: 'reply', reply: 'offsets', about: loss([lost({ kind: 'gone' })]) },
  { mention: undefined },
)

describe('a reply', () => {
  test.each([true, false])('is in its thread, and shown in the channel: %s', async broadcast => {
    const thread = await channel().post(parent)
    await channel().post(parent, { thread, broadcast })
    expect(slack.messages[1]).toMatchObject({ thread: thread.ts, broadcast, channel: thread.channel })
  })

  test('to a deleted message says that the message is gone', async () => {
    const thread = { channel: 'C01KAFKA', ts: '1.000001' }
    await expect(channel().post(parent, { thread })).rejects.toMatchObject({ trouble: 'message-gone' })
  })
})

describe('the lost offsets', () => {
  test('are a file in the thread', async () => {
    const thread = await channel().post(parent)
    expect(await channel().post(offsets, { thread })).toEqual(thread)
    const file = slack.messages[1]
    expect(file).toMatchObject({ thread: thread.ts, metadata: { event_payload: { name: 'offsets.csv' } } })
    expect(JSON.stringify(file?.attachments)).toContain('```orders.events,3,48113\\n```')
    expect(file?.text).toContain('in the format of `kafka-consumer-groups --reset-offsets --from-file`')
  })

  test('are text if the app lacks files:write', async () => {
    slack.scopes = ['chat:write']
    const thread = await channel().post(parent)
    await channel().post(offsets, { thread })
    expect(slack.messages[1]).toMatchObject({ thread: thread.ts, attachments: offsets.attachments })
  })

  test('may have arrived if Slack did not answer', async () => {
    const thread = await channel().post(parent)
    slack.mishaps.push('none', 'cut')
    await expect(channel().post(offsets, { thread })).rejects.toMatchObject({
      trouble: 'unsure',
      message: expect.stringContaining('Slack may have posted the file anyway.'),
    })
  })
})

describe('a message whose answer was lost', () => {
  const where = { channel: 'C01KAFKA', thread: undefined, since: 0 }
  const other = render(expiring([commit()], { incident: incident({ id: 'another1' }) }), {
    mention: undefined,
  })

  test('is found in the channel by its key', async () => {
    slack.mishaps.push('cut')
    await expect(channel().post(parent)).rejects.toMatchObject({ trouble: 'unsure' })
    await channel().post(other)
    expect(await channel().find(parent, where)).toEqual({ channel: 'C01KAFKA', ts: slack.messages[0]?.ts })
  })

  test('is found in its thread', async () => {
    const thread = await channel().post(other)
    const { ts } = await channel().post(parent, { thread })
    expect(await channel().find(parent, where)).toBeUndefined()
    expect(await channel().find(parent, { ...where, thread })).toEqual({ channel: 'C01KAFKA', ts })
  })

  /** Adds this number of later messages to the channel or thread. */
  function crowd(size: number): void {
    const [last] = slack.messages.slice(-1)
    if (last === undefined) throw new Error('no message to copy')
    const copies = Array.from({ length: size }, (_, i) => ({
      ...last,
      ts: last.ts.replace(/\d+$/, String(100_000 + i)),
    }))
    slack.messages.push(...copies)
  }

  test('is found behind 450 others', async () => {
    const place = await channel().post(parent)
    await channel().post(other)
    crowd(449)
    expect(await channel().find(parent, where)).toEqual(place)
    expect(slack.calls.slice(-3).map(({ method }) => method)).toEqual(Array(3).fill('conversations.history'))
  })

  test('is found in its thread behind 450 others', async () => {
    const thread = await channel().post(other)
    await channel().post(other, { thread })
    crowd(449)
    const { ts } = await channel().post(parent, { thread })
    expect(await channel().find(parent, { ...where, thread })).toEqual({ channel: 'C01KAFKA', ts })
  })

  test('is not searched for beyond 2,000 others', async () => {
    await channel().post(parent)
    await channel().post(other)
    crowd(1_999)
    expect(await channel().find(parent, where)).toBeUndefined()
  })

  test('is not found in a thread that is gone', async () => {
    const thread = { channel: 'C01KAFKA', ts: '1.000001' }
    expect(await channel().find(parent, { ...where, thread })).toBeUndefined()
  })

  test('is not found if it never arrived, or is older', async () => {
    await channel().post(other)
    expect(await channel().find(parent, where)).toBeUndefined()
    expect(await channel().find(other, { ...where, since: Date.now() + 60_000 })).toBeUndefined()
  })

  test('is not searched for without channels:history', async () => {
    slack.scopes = ['chat:write']
    await channel().post(parent)
    expect(await channel().find(parent, where)).toBeUndefined()
  })

  test.each<[Mishap, string]>([
    [{ status: 503 }, 'not-posted'],
    [{ status: 429, retryAfter: 30 }, 'rate-limited'],
  ])('is searched for later if Slack does not answer: %j', async (mishap, trouble) => {
    slack.mishaps.push(mishap)
    await expect(channel().find(parent, where)).rejects.toMatchObject({ trouble })
  })
})

describe('the notifier', () => {
  const message = (route: Route | null = null) =>
    alertMessage('incident/1/parent', 'content', { notice: expiring([commit()], { mention: true }), route })
  const target: DeliveryTarget = { thread: null, channel: null, related: null, refused: null }
  const box = () => slackNotifier(channel(), { channel: '#kafka', mention: '<!here>', docs: undefined })
  const route = (mention?: string) => ({ pattern: '*', channel: '#team', mention })

  test.each<[string, Route | null, string, string]>([
    ['the default channel', null, 'C01KAFKA', '<!here>'],
    ['the channel of its route', route('<!subteam^S1>'), 'C02KAFKA', '<!subteam^S1>'],
    ['the channel of its route, with the default mention', route(), 'C02KAFKA', '<!here>'],
  ])('posts to %s', async (_, route, id, mention) => {
    expect(await box().post(message(route), target, {})).toMatchObject({ channel: id })
    expect(slack.messages[0]?.text).toContain(mention)
  })

  test('links to the message before, or leaves the link out if Slack does not give it', async () => {
    const related = await box().post(message(), target, {})
    await box().post(message(), { ...target, related }, {})
    await box().post(message(), { ...target, related: { ...related, ts: '1.000001' } }, {})
    const links = slack.messages.map(({ attachments }) =>
      JSON.stringify(attachments).includes(`/archives/C01KAFKA/p`),
    )
    expect(links).toEqual([false, true, false])
  })

  test('searches only in channels whose id it knows', async () => {
    const location = await box().post(message(), target, {})
    expect(await box().find(message(), target, {}, 0)).toBeUndefined()
    expect(await box().find(message(), target, { '#kafka': 'C01KAFKA' }, 0)).toEqual(location)
    const byId = slackNotifier(channel(), { channel: 'C01KAFKA1', mention: undefined, docs: undefined })
    expect(await byId.find(message(), target, {}, 0)).toBeUndefined()
    expect(slack.calls.at(-1)).toMatchObject({
      method: 'conversations.history',
      args: { channel: 'C01KAFKA1' },
    })
  })
})
