import { channel } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { errorText } from '../../../functions/core/model/failure.ts'
import { openConnection } from '../../../functions/slack/client/app-connections.ts'
import { answerBySocketMode, type SocketMode } from '../../../functions/slack/client/socket-mode.ts'
import { until } from '../../brokers/until.ts'
import type { DisconnectReason } from '../interactivity.ts'
import { type FakeSlack, startSlack } from '../server.ts'

let slack: FakeSlack
let stop: AbortController
let reported: string[]
let worked: unknown[]
let running: Promise<void>[]

beforeEach(async () => {
  slack = await startSlack()
  stop = new AbortController()
  reported = []
  worked = []
  running = []
})
afterEach(async () => {
  stop.abort()
  await Promise.all(running)
  await slack.stop()
})

const calls = () => slack.calls.filter(({ method }) => method === 'apps.connections.open').length

/** Echoes each payload, and records its work. Returns once Slack has sent its hello. */
async function answering(changes: Partial<SocketMode> = {}): Promise<void> {
  start(changes)
  await until(async () => slack.interactivity.connections() > 0)
}

function start(changes: Partial<SocketMode> = {}): void {
  const answering = answerBySocketMode({
    open: () => openConnection(slack.interactivity.appToken, slack.url),
    receive: async payload => ({ answer: { echo: payload }, work: async () => void worked.push(payload) }),
    report: error => void reported.push(errorText(error)),
    signal: stop.signal,
    firstPause: 20,
    ...changes,
  })
  running.push(answering)
}

const deliver = (id = 'a') => slack.interactivity.deliver('interactive', { trigger_id: id })

test('an envelope is acknowledged with its answer, and then the work is done', async () => {
  let isAcknowledged = false
  await answering({
    receive: async payload => ({ work: async () => void worked.push(payload, isAcknowledged) }),
  })
  await deliver().then(() => {
    isAcknowledged = true
  })
  await until(async () => worked.length > 0)
  expect(worked[0]).toEqual({ trigger_id: 'a' })
  expect(await slack.interactivity.deliver('slash_commands', { trigger_id: 'b' })).toEqual({
    payload: undefined,
    attempts: 1,
  })
})

test('an envelope is acknowledged before work that takes longer than Slack waits', async () => {
  const work = Promise.withResolvers<void>()
  await answering({ receive: async () => ({ work: () => work.promise }) })
  expect(await deliver()).toEqual({ payload: undefined, attempts: 1 })
  work.resolve()
})

test('a payload that Slack repeats causes one action, even in a new envelope', async () => {
  const late = Promise.withResolvers<void>()
  await answering({
    receive: async payload => {
      await late.promise
      return { answer: { echo: payload }, work: async () => void worked.push(payload) }
    },
  })
  slack.interactivity.acknowledgeWithin = 100
  const acknowledged = deliver()
  await until(async () => slack.interactivity.sent >= 3)
  late.resolve()
  expect(await acknowledged).toMatchObject({ payload: { echo: { trigger_id: 'a' } } })
  slack.interactivity.acknowledgeWithin = 60_000
  expect(await deliver()).toMatchObject({ payload: { echo: { trigger_id: 'a' } }, attempts: 1 })
  expect(worked).toEqual([{ trigger_id: 'a' }])
})

test('a payload that cannot be received is not acknowledged, and is received when Slack repeats it', async () => {
  let isBroken = true
  await answering({
    receive: async payload => {
      if (isBroken) throw new Error('Slack is down')
      return { work: async () => void worked.push(payload) }
    },
  })
  slack.interactivity.acknowledgeWithin = 100
  const acknowledged = deliver()
  await until(async () => reported.length > 0)
  isBroken = false
  expect((await acknowledged).attempts).toBeGreaterThan(1)
  await until(async () => worked.length > 0)
})

test('failed work is reported, and the next click is answered', async () => {
  await answering({ receive: async () => ({ work: () => Promise.reject(new Error('the store is away')) }) })
  await deliver()
  await until(async () => reported.includes('the store is away'))
  expect(await deliver('b')).toMatchObject({ attempts: 1 })
})

test.each<[reason: DisconnectReason, sentences: RegExp[]]>([
  ['refresh_requested', []],
  ['link_disabled', [/Socket Mode is switched off in the settings of the app/]],
  ['too_many_websockets', [/the app has too many connections/]],
])('the client connects again after a disconnect because of %s', async (reason, sentences) => {
  await answering()
  slack.interactivity.disconnect(reason)
  await until(async () => calls() > 1 && slack.interactivity.connections() === 1)
  expect(await deliver()).toMatchObject({ attempts: 1 })
  expect(reported).toEqual(sentences.map(sentence => expect.stringMatching(sentence)))
})

test('a new connection opens after a warning, before the old one closes', async () => {
  await answering()
  slack.interactivity.disconnect('warning')
  expect(await deliver()).toMatchObject({ attempts: 1 })
  await until(async () => calls() === 2 && slack.interactivity.connections() === 1)
  // Slack counts the old connection too, but it belongs to no other process.
  expect(reported).toEqual([])
})

test.each<[what: string, refused: DisconnectReason]>([
  ['Socket Mode is switched off', 'link_disabled'],
  ['the app has too many connections', 'too_many_websockets'],
])('the client reports once that %s, and retries after growing pauses', async (_, reason) => {
  slack.interactivity.refusedConnections.push(reason, reason, reason)
  const began = performance.now()
  await answering()
  // Three pauses, each at least half of 20, 40 and 80 ms.
  expect(performance.now() - began).toBeGreaterThan(70)
  expect(calls()).toBe(4)
  expect(reported).toHaveLength(1)
})

describe('a connection', () => {
  const pings = channel('undici:websocket:ping')
  const silence = 1000
  // A test moves the time: on a busy machine pings may be late.
  beforeEach(async () => {
    jest.useFakeTimers({
      doNotFake: ['setInterval', 'clearInterval', 'setImmediate', 'nextTick', 'performance', 'Date'],
    })
    await answering({ silence })
  })
  afterEach(() => void jest.useRealTimers())

  /** Lets the time of several silences pass. @param ping after it the client has a ping */
  async function wait(ping: () => Promise<void>): Promise<void> {
    for (let passed = 0; passed < 4 * silence; passed += 0.6 * silence) {
      await ping()
      jest.advanceTimersByTime(0.6 * silence)
    }
  }

  test('that falls silent is replaced', async () => {
    slack.interactivity.fallSilent()
    await until(async () => {
      jest.advanceTimersByTime(silence)
      return calls() > 1
    })
    expect(reported).toEqual([])
  })

  test('without clicks is kept while Slack pings', async () => {
    await wait(
      () =>
        new Promise(resolve => {
          pings.subscribe(function once() {
            pings.unsubscribe(once)
            resolve()
          })
        }),
    )
    await deliver()
    expect(calls()).toBe(1)
  })

  test('is kept by a ping on Node.js 22, too, which does not name its WebSocket', async () => {
    slack.interactivity.stopPings()
    await wait(async () => pings.publish({ payload: Buffer.alloc(0) }))
    await deliver()
    expect(calls()).toBe(1)
  })
})

test('another process with the same token causes a warning', async () => {
  slack.interactivity.otherConnections = 1
  await answering()
  await until(async () => reported.length > 0)
  expect(reported).toEqual([
    'the Slack app has another connection by Socket Mode, and Slack sends each click to only one connection. Stop the other processes that use this SLACK_APP_TOKEN.',
  ])
})

test.each<[what: string, token: () => string, sentence: string]>([
  ['belongs to a bot', () => slack.token, 'the token is not an app-level one.'],
  ['is unknown', () => 'xapp-1-unknown', 'Slack does not accept the app-level token.'],
  [
    'lacks the scope',
    () => {
      slack.interactivity.appScopes = []
      return slack.interactivity.appToken
    },
    'the app-level token lacks the scope connections:write.',
  ],
])('a token that %s is reported once, in one sentence', async (_, token, sentence) => {
  const value = token()
  start({ open: () => openConnection(value, slack.url) })
  await until(async () => calls() > 2)
  expect(reported).toEqual([
    `cannot connect to Slack by Socket Mode: ${sentence} Generate one under "Basic Information" of the app, and set SLACK_APP_TOKEN to it.`,
  ])
})

test('an outage of Slack is reported in one sentence, and the client connects when it ends', async () => {
  slack.mishaps.push({ status: 503 }, { status: 503 })
  await answering()
  expect(reported).toEqual(['cannot connect to Slack by Socket Mode: Slack answered with HTTP 503.'])
})

test('a network without WebSockets is reported in one sentence', async () => {
  const { url } = slack
  start({ open: async () => url.replace('http', 'ws') })
  await until(async () => reported.length > 0)
  expect(reported).toEqual([expect.stringContaining('the WebSocket ended before Slack said hello (closed).')])
})

test('a stop closes the connection, and finishes the work that has begun', async () => {
  const work = Promise.withResolvers<void>()
  await answering({
    receive: async payload => ({
      work: async () => {
        await work.promise
        worked.push(payload)
      },
    }),
  })
  await deliver()
  stop.abort()
  await until(async () => slack.interactivity.connections() === 0)
  work.resolve()
  await Promise.all(running)
  expect(worked).toEqual([{ trigger_id: 'a' }])
})
