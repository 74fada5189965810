import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { freePorts } from '../../brokers/ports.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { type FakeSlack, startSlack } from '../../slack/server.ts'
import { run, start } from '../run.ts'
import { storeOf, type TestStore } from '../store.ts'

// A job that did not do its work must not ping the dead man's switch. Kafka is out of reach here.

let called: string[] = []
const server = createServer((request, response) => {
  called.push(request.url ?? '')
  response.end()
})
let slack: FakeSlack
let store: TestStore
let empty: TestStore
let settings: NodeJS.ProcessEnv

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  const [closed] = await freePorts(1)
  const takenAt = Date.now() - 60_000
  // A deadline that needs a message.
  const deadline = { earliest: takenAt + 3_600_000, latest: takenAt + 3_604_000 }
  ;[slack, store, empty] = await Promise.all([
    startSlack(),
    storeOf(snapshotOf([commitOf({ deadline })], { takenAt, finishedAt: takenAt + 1000 })),
    storeOf(),
  ])
  if (!server.listening) await once(server, 'listening')
  settings = {
    ...store.settings,
    KAFKA_BROKERS: `127.0.0.1:${closed}`,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
    WATCHDOG_PING_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/{cluster}/{job}`,
  }
})
beforeEach(() => {
  called = []
})
afterAll(async () => {
  server.close()
  await slack.stop()
  await store[Symbol.asyncDispose]()
  await empty[Symbol.asyncDispose]()
})

test.each<[string, string, () => NodeJS.ProcessEnv, number, string[]]>([
  ['Slack refuses the messages: no ping', 'watch', () => ({ SLACK_BOT_TOKEN: 'xoxb-no' }), 3, []],
  ['there is no snapshot: no ping', 'watch', () => empty.settings, 3, []],
  ['Slack accepts the messages: one ping', 'watch', () => ({}), 0, ['/prod/watch']],
  ['Kafka is out of reach: no ping', 'snapshot', () => ({}), 3, []],
])('%s (%s)', async (_, command, different, code, calls) => {
  const result = await run([command], { ...settings, ...different() })
  expect(result).toMatchObject({ code })
  expect(called).toEqual(calls)
})

test('run without Kafka pings for watch, and not for the snapshot that failed', async () => {
  const pinged = once(server, 'request')
  const { child, ended } = start(['run', '--every', '1h'], settings)
  child.stdout.resume()
  child.stderr.resume()
  await pinged
  child.kill()
  expect(await ended).toBe(0)
  expect(called).toEqual(['/prod/watch'])
})
