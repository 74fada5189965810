import { createHmac } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { Failure } from '../../../functions/core/model/failure.ts'
import { answerOffsets } from '../../../functions/jobs/answer-offsets.ts'
import {
  mayBeSigned,
  type UrlRequest,
  verifiedPayload,
} from '../../../functions/slack/interactions/signed-request.ts'
import { questionOf, slashRequestOf } from '../../../functions/slack/interactions/slash-command.ts'
import { isOfSlack } from '../../../functions/slack/interactions/workspace.ts'
import { now } from '../messages/samples.ts'

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'
const known = { signingSecret, teamId: 'T0123', now }
const verified = (sent: UrlRequest, of: typeof known & { apiUrl?: string | undefined }) => {
  const payload = verifiedPayload(sent, of)
  return typeof payload === 'number' ? payload : slashRequestOf(payload, of)
}
const body = (team = 'T0123', text = 'orders') =>
  new URLSearchParams({
    team_id: team,
    command: '/offsets',
    text,
    response_url: 'https://hooks.slack.com/commands/1',
  }).toString()

interface Forgery {
  time?: number
  secret?: string
  signed?: string
  base64?: boolean
  headers?: Record<string, string>
}

function request(
  sent: string,
  { time = now / 1000, secret = signingSecret, signed = sent, base64 = false, headers = {} }: Forgery = {},
): UrlRequest {
  const signature = createHmac('sha256', secret).update(`v0:${time}:${signed}`).digest('hex')
  return {
    headers: {
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': `v0=${signature}`,
      ...headers,
    },
    body: base64 ? Buffer.from(sent).toString('base64') : sent,
    isBase64Encoded: base64,
  }
}

describe('a request', () => {
  test('has the signature of Slack’s own example', () => {
    const example =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    }
    const of = { ...known, teamId: 'T1DC2JH3J', now: 1531420618_000 }
    expect(verified({ headers, body: example, isBase64Encoded: false }, of)).toEqual({
      type: 'slash-command',
      text: '',
      responseUrl: 'https://hooks.slack.com/commands/T1DC2JH3J/397700885554/96rGlfmibIGlgcZRskXaIFfN',
    })
  })

  test.each<[string, UrlRequest]>([
    ['as text', request(body())],
    ['as base64', request(body(), { base64: true })],
    ['almost five minutes late', request(body(), { time: now / 1000 - 300 })],
  ])('is accepted %s', (_, sent) => {
    expect(verified(sent, known)).toEqual({
      type: 'slash-command',
      text: 'orders',
      responseUrl: 'https://hooks.slack.com/commands/1',
    })
  })

  test('may contain any name', () => {
    expect(verified(request(body('T0123', 'a&b=c +% 😀'), { base64: true }), known)).toMatchObject({
      text: 'a&b=c +% 😀',
    })
  })

  test.each<[string, UrlRequest, number]>([
    ['with another secret', request(body(), { secret: 'x' }), 401],
    ['with another body', request(body(), { signed: body('T0123', 'other') }), 401],
    ['too late', request(body(), { time: now / 1000 - 301 }), 401],
    ['from the future', request(body(), { time: now / 1000 + 301 }), 401],
    ['without a time', request(body(), { headers: { 'x-slack-request-timestamp': '' } }), 401],
    ['with an invalid time', request(body(), { headers: { 'x-slack-request-timestamp': 'NaN' } }), 401],
    ['without a signature', request(body(), { headers: { 'x-slack-signature': '' } }), 401],
    ['with half a signature', request(body(), { headers: { 'x-slack-signature': 'v0=a2114d' } }), 401],
    ['without headers', { headers: {}, isBase64Encoded: false }, 401],
    ['of another workspace', request(body('T0666')), 403],
  ])('is refused %s', (_, sent, status) => {
    expect(verified(sent, known)).toBe(status)
  })
})

describe('a response URL', () => {
  const apiUrl = 'http://127.0.0.1:8080/api/'
  test.each<[string, string | undefined, boolean]>([
    ['https://hooks.slack.com/commands/T1/1/abc', undefined, true],
    ['https://hooks.slack-gov.com/commands/T1/1/abc', undefined, true],
    ['http://hooks.slack.com/commands/T1/1/abc', undefined, false],
    ['https://hooks.slack.com:8443/commands/T1/1/abc', undefined, false],
    ['https://hooks.slack.com@127.0.0.1/', undefined, false],
    ['https://me@hooks.slack.com/', undefined, false],
    ['https://hooks.slack.com.example.com/', undefined, false],
    ['https://notslack.com/', undefined, false],
    ['https://169.254.169.254/latest/meta-data', undefined, false],
    ['file:///etc/passwd', undefined, false],
    ['no address', undefined, false],
    ['', undefined, false],
    ['http://127.0.0.1:9090/hook', undefined, false],
    ['http://127.0.0.1:9090/hook', apiUrl, true],
    ['http://127.0.0.2:9090/hook', apiUrl, false],
    ['https://hooks.slack.com/commands/T1/1/abc', apiUrl, true],
  ])('%s, with SLACK_API_URL %s, is accepted: %s', (address, api, isTaken) => {
    expect(isOfSlack(address, api)).toBe(isTaken)
    const sent = new URLSearchParams({ team_id: 'T0123', text: 'orders', response_url: address }).toString()
    const asked = verified(request(sent), { ...known, apiUrl: api })
    expect(asked).toEqual(isTaken ? { type: 'slash-command', text: 'orders', responseUrl: address } : 403)
  })
})

describe('/offsets', () => {
  test.each<[string, object]>([
    ['orders', { group: 'orders', topic: undefined, at: undefined }],
    ['  orders   team.orders ', { group: 'orders', topic: 'team.orders', at: undefined }],
    ['orders at 2026-11-22T14:00Z', { group: 'orders', topic: undefined, at: Date.UTC(2026, 10, 22, 14) }],
    ['orders t at 2026-11-22T14:00+01:00', { group: 'orders', topic: 't', at: Date.UTC(2026, 10, 22, 13) }],
    ['"two words" t', { group: 'two words', topic: 't', at: undefined }],
    ['“two words”', { group: 'two words', topic: undefined, at: undefined }],
    ['orders at', { group: 'orders', topic: 'at', at: undefined }],
    ['at at 2026-11-22T14:00Z', { group: 'at', topic: undefined, at: Date.UTC(2026, 10, 22, 14) }],
  ])('%s', (typed, question) => {
    expect(questionOf(typed)).toEqual(question)
  })

  test.each<[string, string]>([
    ['', 'Write `/offsets group`'],
    ['help', 'Write `/offsets group`'],
    ['a b c', 'Write `/offsets group`'],
    ['a b at yesterday', '"yesterday" is not a time. Write a time such as'],
    ['a at 2026-11-22T14:00', 'The time has no zone'],
  ])('%j is answered with the usage', (typed, words) => {
    expect(() => questionOf(typed)).toThrow(Failure)
    expect(() => questionOf(typed)).toThrow(words)
  })
})

describe('a question', () => {
  async function ask(clusters: Record<string, 'known' | 'unknown' | 'broken'>) {
    const told: string[] = []
    const asking = answerOffsets({
      clusters: Object.keys(clusters),
      group: 'payments-v1',
      topic: undefined,
      at: undefined,
      snapshots: {
        readGroup: async cluster => {
          if (clusters[cluster] === 'broken') throw new TypeError('a defect')
          return undefined
        },
        at: async cluster => {
          throw new Failure(`cluster "${cluster}" knows no such group.`)
        },
        heads: () => {
          throw new Error('is not asked')
        },
      },
      tell: async () => undefined,
      tellFailure: async why => void told.push(why),
    })
    await asking.catch((error: unknown) => told.push(`thrown: ${String(error)}`))
    return told
  }

  test('about an unknown group is answered with the reason', async () => {
    expect(await ask({ prod: 'unknown' })).toEqual(['cluster "prod" knows no such group.'])
  })

  test('that meets a defect is answered in one sentence, and the log has the details', async () => {
    expect(await ask({ prod: 'broken' })).toEqual([
      'Something went wrong here. The watchdog’s log has the error.',
      'thrown: TypeError: a defect',
    ])
  })
})

describe('a request that is not from Slack is recognized without the secret', () => {
  const seconds = now / 1000
  const shape = `v0=${'a'.repeat(64)}`
  test.each<[string, Record<string, string>, boolean]>([
    ['a recent request with the shape of a signature', { 'x-slack-signature': shape }, true],
    ['no signature', {}, false],
    ['half a signature', { 'x-slack-signature': shape.slice(0, 40) }, false],
    ['another version of signatures', { 'x-slack-signature': shape.replace('v0', 'v1') }, false],
    [
      'a request from six minutes ago',
      { 'x-slack-signature': shape, 'x-slack-request-timestamp': `${seconds - 360}` },
      false,
    ],
    ['no time', { 'x-slack-signature': shape, 'x-slack-request-timestamp': '' }, false],
  ])('%s', (_, headers, mayBe) => {
    const all = { 'x-slack-request-timestamp': `${seconds}`, ...headers }
    expect(mayBeSigned({ headers: all, isBase64Encoded: false }, now)).toBe(mayBe)
  })
})
