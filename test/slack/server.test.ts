import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type FakeSlack, startSlack } from './server.ts'

// Slack's documented behaviour. Without it, tests could pass against a server that accepts more than Slack does.

let slack: FakeSlack
beforeAll(async () => {
  slack = await startSlack()
})
afterAll(() => slack.stop())

/** The fields of an answer that these tests check. */
interface Body {
  ts: string
  messages: { text: string; metadata?: object }[]
  response_metadata: { next_cursor: string }
}

async function call(method: string, args: object, token: string | null = slack.token) {
  const response = await fetch(new URL(method, slack.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(args),
  })
  return { status: response.status, body: (await response.json()) as Body }
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const withBlocks = (blocks: object[]) => ({
  channel: '#kafka',
  text: 'hello',
  attachments: [{ color: '#ecb22e', fallback: 'hello', blocks }],
  metadata: { event_type: 'test', event_payload: {} },
})

test('a message in JSON is accepted as well as a form', async () => {
  const { status, body } = await call('chat.postMessage', withBlocks([section('words')]))

  expect(status).toBe(200)
  expect(body).toMatchObject({ ok: true, channel: 'C01KAFKA', ts: slack.messages[0]?.ts })
})

test('a message with a date, a link, mentions and escaped text is accepted', async () => {
  const words = '<!date^1764000000^{date_short_pretty}|24 Nov> <https://a.example/?b&amp;c|there> &lt;app&gt;'
  const text = `${words} <!here> <@U123> <!subteam^S123>`
  const { body } = await call('chat.postMessage', { ...withBlocks([section(text)]), text })

  expect(body).toMatchObject({ ok: true })
})

test('a message cannot be edited by the channel’s name', async () => {
  const { body } = await call('chat.update', { ...withBlocks([section('words')]), ts: slack.messages[0]?.ts })

  expect(body).toEqual({ ok: false, error: 'channel_not_found' })
})

describe('the server refuses with HTTP 200', () => {
  test.each<[string, object, string]>([
    ['a text of 4,001 characters', { ...withBlocks([]), text: 'x'.repeat(4_001) }, 'msg_too_long'],
    ['no text', { ...withBlocks([]), text: '' }, 'no_text'],
    ['51 blocks', withBlocks(Array(51).fill(section('x'))), 'invalid_attachments'],
    ['a section of 3,001 characters', withBlocks([section('x'.repeat(3_001))]), 'invalid_attachments'],
    ['an empty section', withBlocks([section('')]), 'invalid_attachments'],
    [
      '15,000 characters in all',
      withBlocks(Array(5).fill(section('x'.repeat(3_000)))),
      'msg_blocks_too_long',
    ],
    ['a name in angle brackets', withBlocks([section('group <app>')]), 'invalid_mrkdwn'],
    ['a link without a label', withBlocks([section('<https://evil.example>')]), 'invalid_mrkdwn'],
    ['an unescaped ampersand', { ...withBlocks([]), text: 'a & b' }, 'invalid_mrkdwn'],
    ['an unknown channel', { ...withBlocks([]), channel: '#nowhere' }, 'channel_not_found'],
  ])('%s', async (_, args, error) => {
    const { status, body } = await call('chat.postMessage', args)

    expect(status).toBe(200)
    expect(body).toMatchObject({ ok: false, error })
  })

  test('a request without a valid token', async () => {
    expect((await call('auth.test', {}, null)).body).toEqual({ ok: false, error: 'not_authed' })
    expect((await call('auth.test', {}, 'xoxb-other')).body).toEqual({ ok: false, error: 'invalid_auth' })
  })
})

describe('history', () => {
  const channel = 'C01KAFKA'
  const texts = ({ messages }: Body) => messages.map(({ text }) => text)

  test('comes in pages, newest first, with metadata on request', async () => {
    for (const text of ['one', 'two', 'three']) await call('chat.postMessage', { ...withBlocks([]), text })

    const { body: first } = await call('conversations.history', { channel, limit: 2 })
    expect(texts(first)).toEqual(['three', 'two'])
    expect(first).toMatchObject({ ok: true, has_more: true })
    expect(first.messages[0]).not.toHaveProperty('metadata')

    const { next_cursor: cursor } = first.response_metadata
    const { body: second } = await call('conversations.history', {
      channel,
      limit: 1,
      cursor,
      include_all_metadata: true,
    })
    expect(texts(second)).toEqual(['one'])
    expect(second.messages[0]).toMatchObject({ metadata: { event_type: 'test' } })
  })

  test('ends with an empty cursor, and refuses unknown cursors', async () => {
    const { body } = await call('conversations.history', { channel })
    expect(body).toMatchObject({ has_more: false, response_metadata: { next_cursor: '' } })
    expect((await call('conversations.history', { channel, cursor: 'bmV4dA==' })).body).toEqual({
      ok: false,
      error: 'invalid_cursor',
    })
  })

  test('of a thread begins with its parent, the oldest message', async () => {
    const { body: parent } = await call('chat.postMessage', { ...withBlocks([]), text: 'parent' })
    await call('chat.postMessage', { ...withBlocks([]), text: 'reply', thread_ts: parent.ts })

    const { body } = await call('conversations.replies', { channel, ts: parent.ts })
    expect(texts(body)).toEqual(['parent', 'reply'])
  })
})
