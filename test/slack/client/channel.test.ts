import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { Failure } from '../../../functions/core/model/failure.ts'
import { SlackFailure, type SlackTrouble } from '../../../functions/jobs/ports.ts'
import { slackChannel } from '../../../functions/slack/client/channel.ts'
import { render, type SlackMessage } from '../../../functions/slack/messages/message.ts'
import { commit, expiring } from '../messages/samples.ts'
import { type FakeSlack, type Mishap, startSlack } from '../server.ts'

let slack: FakeSlack
beforeAll(async () => {
  slack = await startSlack({ channels: { '#kafka': true, '#elsewhere': false, '#old': true } })
})
afterEach(() => {
  slack.mishaps.length = 0
  slack.scopes = ['chat:write']
})
afterAll(() => slack.stop())

const settings = (changes = {}) => ({
  token: slack.token,
  channel: '#kafka',
  mention: undefined,
  apiUrl: slack.url,
  ...changes,
})
/** Without the second between two messages. By default the time limit of a call only ends a test that hangs. */
const channelOf = (changes = {}, timeout = 60_000) => slackChannel(settings(changes), { pause: 0, timeout })
/** ms, for a call that Slack never answers. */
const short = 500
const message = render(expiring([commit()]), { mention: undefined })
const failure = async (promise: Promise<unknown>): Promise<SlackFailure> => {
  const error = await promise.catch((reason: unknown) => reason)
  if (error instanceof SlackFailure) return error
  throw new Error('it did not fail with a SlackFailure', { cause: error })
}

async function stoppedSlack(): Promise<FakeSlack> {
  const stopped = await startSlack()
  await stopped.stop()
  return stopped
}

describe('a message', () => {
  test('is posted to a channel by its name, and returns its id', async () => {
    const posted = await channelOf().post(message)

    const stored = slack.messages.at(-1)
    expect(posted).toEqual({ channel: 'C01KAFKA', ts: stored?.ts })
    expect(stored).toMatchObject(message)
  })

  test('is edited in place, and stays the only one', async () => {
    const channel = channelOf()
    const posted = await channel.post(message)
    const before = slack.messages.length
    const closed = render(expiring([commit()], { resolved: 'committed-again' }), { mention: undefined })

    await channel.update(posted, closed)

    expect(slack.messages).toHaveLength(before)
    expect(slack.messages.at(-1)).toMatchObject({ ...closed, ts: posted.ts, edits: [message] })
  })

  test('turns no plain text into mentions or links, and unfolds no links', async () => {
    await channelOf().post(message)

    expect(slack.calls.at(-1)?.args).toMatchObject({
      parse: 'none',
      link_names: 'false',
      unfurl_links: 'false',
      unfurl_media: 'false',
    })
  })

  test('is sent a second after the one before', async () => {
    const channel = slackChannel(settings(), { timeout: 60_000 })
    const startedAt = performance.now()

    await Promise.all([channel.post(message), channel.post(message)])

    expect(performance.now() - startedAt).toBeGreaterThan(990)
  })
})

describe('a failure', () => {
  const cases: [string, Mishap, SlackTrouble, string][] = [
    ['a wrong token', { error: 'invalid_auth' }, 'not-posted', 'Set SLACK_BOT_TOKEN'],
    ['no token', { error: 'not_authed' }, 'not-posted', 'Set SLACK_BOT_TOKEN'],
    ['a revoked token', { error: 'token_revoked' }, 'not-posted', 'no longer valid (token_revoked)'],
    ['a removed app', { error: 'account_inactive' }, 'not-posted', 'Install the app again'],
    [
      'a missing scope',
      { error: 'missing_scope', needed: 'chat:write' },
      'not-posted',
      'the scope chat:write',
    ],
    [
      'a missing scope that Slack does not name',
      { error: 'missing_scope' },
      'not-posted',
      'the scope chat:write',
    ],
    ['an unknown channel', { error: 'channel_not_found' }, 'channel-refused', 'Check SLACK_CHANNEL'],
    ['an invalid channel name', { error: 'invalid_channel' }, 'channel-refused', 'Check SLACK_CHANNEL'],
    ['an app outside of the channel', { error: 'not_in_channel' }, 'channel-refused', 'Write "/invite @"'],
    [
      'an archived channel',
      { error: 'is_archived' },
      'channel-refused',
      'Set SLACK_CHANNEL to one that is in use',
    ],
    [
      'a channel for some members only',
      { error: 'restricted_action' },
      'channel-refused',
      'may not post to the channel',
    ],
    [
      'a read-only channel',
      { error: 'restricted_action_read_only_channel' },
      'channel-refused',
      'set SLACK_CHANNEL to another channel',
    ],
    ['a locked thread', { error: 'restricted_action_thread_locked' }, 'message-gone', 'edits of or replies'],
    ['an unknown error', { error: 'ekm_access_denied' }, 'channel-refused', '(ekm_access_denied)'],
    ['a rate limit with status 429', { status: 429, retryAfter: 30 }, 'rate-limited', 'wait 30 s'],
    ['a rate limit with status 200', { error: 'ratelimited' }, 'rate-limited', 'no more messages for now'],
    ['a deleted message', { error: 'message_not_found' }, 'message-gone', 'message_not_found'],
    ['another app’s message', { error: 'cant_update_message' }, 'message-gone', 'cant_update_message'],
    ['an outage', { status: 503 }, 'unsure', 'HTTP 503'],
    ['an internal error', { error: 'internal_error' }, 'unsure', 'an internal error (internal_error)'],
    ['a proxy’s page', { status: 200, body: '<html>Sign in</html>' }, 'unsure', 'Check SLACK_API_URL'],
    ['no answer', 'hang', 'unsure', 'did not answer in time'],
    ['a broken connection', 'cut', 'unsure', 'the connection to Slack broke'],
  ]

  test.each(cases)('%s', async (_, mishap, trouble, words) => {
    slack.mishaps.push(mishap)

    const error = await failure(channelOf({}, mishap === 'hang' ? short : undefined).post(message))

    expect(error).toBeInstanceOf(Failure)
    expect(error.trouble).toBe(trouble)
    expect(error.message).toMatch(/^cannot post to Slack channel "#kafka": /)
    expect(error.message).toContain(words)
    expect(error.message.endsWith(' anyway.')).toBe(trouble === 'unsure')
    expect(error.message).not.toContain(slack.token)
  })

  test('causes no second attempt', async () => {
    slack.mishaps.push({ status: 503 })
    const before = slack.calls.length

    await failure(channelOf().post(message))

    expect(slack.calls).toHaveLength(before + 1)
  })

  test('without an answer may have posted the message', async () => {
    slack.mishaps.push('hang')
    const before = slack.messages.length

    // On a busy machine the time may be over before Slack gets the request.
    while (slack.mishaps.length > 0) await failure(channelOf({}, short).post(message))

    expect(slack.messages).toHaveLength(before + 1)
  })

  test('by a rate limit says how long to wait', async () => {
    slack.mishaps.push({ status: 429, retryAfter: 30 })

    const error = await failure(channelOf().post(message))

    expect(error.retryAfter).toBe(30_000)
  })

  test.each([
    ['a server that is down', async () => (await stoppedSlack()).url, 'ECONNREFUSED'],
    ['a name that does not resolve', async () => 'http://slack.invalid/api/', /ENOTFOUND|EAI_AGAIN/],
  ])('with %s has certainly posted nothing', async (_, urlOf, code) => {
    const apiUrl = await urlOf()

    const error = await failure(channelOf({ apiUrl }).post(message))

    expect(error.trouble).toBe('not-posted')
    expect(error.message).toMatch(code)
  })

  test.each([
    ['token', { token: 'xoxb-other' }, 'does not accept the token'],
    ['channel', { channel: '#nowhere' }, 'Slack knows no such channel'],
    ['invitation', { channel: '#elsewhere' }, 'the app is not in the channel'],
  ])('a wrong %s', async (_, changes, words) => {
    const error = await failure(channelOf(changes).post(message))

    expect(error.message).toContain(words)
  })

  test('a message that somebody deleted cannot be edited', async () => {
    const channel = channelOf()
    const posted = await channel.post(message)
    slack.remove(posted.ts)

    const error = await failure(channel.update(posted, message))

    expect(error.trouble).toBe('message-gone')
    expect(error.message).toMatch(/^cannot edit message \d+\.\d+ in Slack channel "C01KAFKA": /)
  })

  test('in a routed channel names the route’s setting', async () => {
    const to = { name: '#elsewhere', setting: 'routes[1].channel' }
    const error = await failure(channelOf().post(message, to))
    expect(error.message).toMatch(/^cannot post to Slack channel "#elsewhere": the app is not in the channel/)
    expect(error.message).toContain('set routes[1].channel to another channel')
  })

  test('of an edit whose headline is refused, too, says that Slack finds it malformed', async () => {
    const posted = await channelOf().post(message)
    slack.mishaps.push({ error: 'invalid_blocks' }, { error: 'invalid_blocks' })
    const error = await failure(channelOf().update(posted, message))
    expect(error.message).toContain('Slack finds the message malformed')
  })

  test.each<[string, Partial<SlackMessage>, Mishap[]]>([
    ['msg_too_long', { text: 'payments '.repeat(1_000) }, []],
    ['invalid_blocks', {}, [{ error: 'invalid_blocks' }]],
    ['metadata_too_large', {}, [{ error: 'metadata_too_large' }]],
  ])('a message that Slack refuses as %s arrives as its headline', async (error, changes, mishaps) => {
    const refused = { ...message, ...changes }
    slack.mishaps.push(...mishaps)
    const posted = await channelOf().post(refused)
    const stored = slack.messages.at(-1)
    expect(stored?.ts).toBe(posted.ts)
    slack.mishaps.push(...mishaps)
    await channelOf().update(posted, refused)
    const headline = expect.stringMatching(new RegExp(`payments.*refused the full message: ${error}`, 's'))
    for (const shown of [stored?.edits[0], stored])
      expect(shown).toMatchObject({ text: headline, attachments: [] })
  })
})

describe('check', () => {
  test('names the team, the app and its scopes, and posts nothing', async () => {
    const before = slack.messages.length
    const { team, teamId, user, scopes } = await channelOf().check()
    expect([team, teamId, user, scopes]).toEqual(['Testers', 'T0123', 'offset-watchdog', slack.scopes])
    expect(slack.messages).toHaveLength(before)
  })

  test('names the scopes of the token', async () => {
    slack.scopes = ['chat:write.public', 'users:read']

    const found = await channelOf().check()

    expect(found.scopes).toEqual(['chat:write.public', 'users:read'])
  })

  test('says whether the app is in the channel with an id', async () => {
    slack.scopes = ['channels:history']
    expect(await channelOf({ channel: 'C01KAFKA' }).isMember()).toBe(true)
    expect((await failure(channelOf({ channel: 'C02KAFKA' }).isMember())).message).toMatch(
      /^cannot look into Slack channel C02KAFKA: the app is not in the channel/,
    )
    expect((await failure(channelOf({ channel: 'C99KAFKA' }).isMember())).message).toMatch(
      /^cannot look into Slack channel C99KAFKA: Slack knows no such channel/,
    )
  })

  describe('with channels:read', () => {
    test.each([
      ['a name', '#kafka', undefined],
      ['an id', 'C01KAFKA', undefined],
      ['the name of a channel without the app', '#elsewhere', /the app is not in the channel/],
      ['the id of a channel without the app', 'C02KAFKA', /the app is not in the channel/],
      ['the name of an unknown channel', '#nope', /the app is not in the channel/],
      ['the id of an unknown channel', 'C99KAFKA', /Slack knows no such channel/],
      ['the name of an archived channel', '#old', /archived. Set routes\[2\].channel/],
      ['the id of an archived channel', 'C03KAFKA', /archived. Set routes\[2\].channel/],
    ])('%s shows whether the app may post there', async (_, name, refusal) => {
      slack.scopes = ['channels:read']
      slack.refusals.set('#old', 'is_archived')
      const asked = channelOf().isMember({ name, setting: 'routes[2].channel' })
      if (refusal === undefined) expect(await asked).toBe(true)
      else expect((await failure(asked)).message).toMatch(refusal)
    })
  })

  test('does not know the membership without the scope, or by a name', async () => {
    expect(await channelOf({ channel: 'C02KAFKA' }).isMember()).toBeUndefined()
    slack.scopes = ['channels:history']
    expect(await channelOf({ channel: '#nope' }).isMember()).toBeUndefined()
  })

  test('fails if the token is wrong', async () => {
    const error = await failure(channelOf({ token: 'xoxb-other' }).check())

    expect(error.message).toMatch(/^cannot sign in to Slack: Slack does not accept the token/)
  })
})
