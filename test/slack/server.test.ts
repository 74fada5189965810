import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type FakeSlack, startSlack } from './server.ts'

// What Slack documents, so that no test passes against a server that is kinder than Slack.

let slack: FakeSlack
beforeAll(async () => {
  slack = await startSlack()
})
afterAll(() => slack.stop())

async function call(method: string, args: object, token: string | null = slack.token) {
  const response = await fetch(new URL(method, slack.url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(args),
  })
  return { status: response.status, body: await response.json() }
}

const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } })
const withBlocks = (blocks: object[]) => ({
  channel: '#kafka',
  text: 'hello',
  attachments: [{ color: '#ecb22e', fallback: 'hello', blocks }],
  metadata: { event_type: 'test', event_payload: {} },
})

test('a message in JSON is taken as well as a form', async () => {
  const { status, body } = await call('chat.postMessage', withBlocks([section('words')]))

  expect(status).toBe(200)
  expect(body).toMatchObject({ ok: true, channel: 'C01KAFKA', ts: slack.messages[0]?.ts })
})

test('a channel’s name does not do to edit a message', async () => {
  const { body } = await call('chat.update', { ...withBlocks([section('words')]), ts: slack.messages[0]?.ts })

  expect(body).toEqual({ ok: false, error: 'channel_not_found' })
})

describe('refuses with HTTP 200', () => {
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
    ['another channel', { ...withBlocks([]), channel: '#nowhere' }, 'channel_not_found'],
  ])('%s', async (_, args, error) => {
    const { status, body } = await call('chat.postMessage', args)

    expect(status).toBe(200)
    expect(body).toMatchObject({ ok: false, error })
  })

  test('who does not say who he is', async () => {
    expect((await call('auth.test', {}, null)).body).toEqual({ ok: false, error: 'not_authed' })
    expect((await call('auth.test', {}, 'xoxb-other')).body).toEqual({ ok: false, error: 'invalid_auth' })
  })
})
