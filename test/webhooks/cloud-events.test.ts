import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { WatchdogEvent } from '../../functions/contracts/events/event.ts'
import { troubleEvent } from '../../functions/contracts/events/trouble-event.ts'
import type { WebhookSettings } from '../../functions/core/model/settings.ts'
import { BusFailure } from '../../functions/jobs/ports.ts'
import { cloudEventsWebhook } from '../../functions/webhooks/cloud-events.ts'
import { certificateAuthority } from '../brokers/certificates.ts'
import { freePorts } from '../brokers/ports.ts'
import { now } from '../builders/commits.ts'
import { HOUR } from '../core/readings.ts'
import { violations } from '../events/schema.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8')
const codeIn = (language: string) =>
  new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? ''

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterEach(() => {
  receiver.received.length = 0
  receiver.answers.length = 0
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
})

const settings = (changes: Partial<WebhookSettings> = {}): WebhookSettings => ({
  name: 'pager',
  format: 'cloudevents',
  url: receiver.url,
  secret: 'a secret',
  authorization: undefined,
  ...changes,
})

const event = (nth: number): WatchdogEvent =>
  troubleEvent({ kind: 'silent', since: now + nth * HOUR, over: null, details: [] }, 'opened', {
    cluster: 'prod',
    takenAt: now,
  })
const idOf = ({ body }: { body: string }) => JSON.parse(body).id
const reasons = (unsent: { why: Error }[]) => new Set(unsent.map(({ why }) => why.message))
const host = () => new URL(receiver.url).host

describe('a CloudEvent', () => {
  test('is posted in structured mode, with the detail of EventBridge as its data', async () => {
    expect(await cloudEventsWebhook(settings()).publish([event(0)])).toEqual([])
    const [request] = receiver.received
    expect(request).toMatchObject({
      method: 'POST',
      path: '/hook',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    })
    const { data, ...envelope } = JSON.parse(request?.body ?? '')
    expect(envelope).toEqual({
      specversion: '1.0',
      id: `prod-silent-${now}-opened`,
      source: '/offset-watchdog/prod',
      type: 'offset-watchdog.watchdog-trouble',
      subject: `prod/silent-${now}`,
      time: new Date(now).toISOString(),
      datacontenttype: 'application/json',
    })
    expect(data).toEqual(event(0).detail)
  })

  test('carries the authorization that is set', async () => {
    await cloudEventsWebhook(settings({ authorization: 'Bearer x' })).publish([event(0)])
    expect(receiver.received[0]?.headers.authorization).toBe('Bearer x')
  })

  test('in docs/webhooks.md has data that match the schema', () => {
    const { type, data } = JSON.parse(codeIn('json'))
    expect(type).toBe('offset-watchdog.incident-closed')
    expect(violations({ source: 'offset-watchdog', 'detail-type': 'Incident Closed', detail: data })).toEqual(
      [],
    )
  })
})

describe('the signature of an event', () => {
  async function signedRequest() {
    await cloudEventsWebhook(settings(), () => now).publish([event(0)])
    const [request] = receiver.received
    if (request === undefined) throw new Error('nothing was received')
    return request
  }
  const cases: [name: string, isGenuine: boolean, secret: string, later: number, tail: string][] = [
    ['an unchanged event', true, 'a secret', 0, ''],
    ['another secret', false, 'another', 0, ''],
    ['another body', false, 'a secret', 0, ' '],
    ['an event that is sent again after five minutes', false, 'a secret', 300_000, ''],
  ]

  test.each(cases)(
    'is verified by the code of docs/webhooks.md: %s',
    async (...[, isGenuine, secret, later, tail]) => {
      const { headers, body } = await signedRequest()
      const input = JSON.stringify({ headers, body: body + tail, secret, now: now + later })
      const js = `import { readFileSync } from 'node:fs'
${codeIn('js')}
const asked = JSON.parse(readFileSync(0))
console.log(isFromWatchdog(asked.headers, asked.body, asked.secret, asked.now))`
      const python = `import json, sys
${codeIn('python')}
asked = json.load(sys.stdin)
print(is_from_watchdog(asked["headers"], asked["body"].encode(), asked["secret"], asked["now"] / 1000))`
      const answers = [
        execFileSync(process.execPath, ['--input-type=module', '-e', js], { input, encoding: 'utf8' }),
        execFileSync('python3', ['-c', python], { input, encoding: 'utf8' }),
      ]
      expect(answers.map(answer => answer.trim().toLowerCase())).toEqual([
        String(isGenuine),
        String(isGenuine),
      ])
    },
  )
})

describe('a webhook', () => {
  test('that answers 500 twice gets the event at the third attempt', async () => {
    receiver.answers.push(500, 503)
    expect(await cloudEventsWebhook(settings()).publish([event(0), event(1)])).toEqual([])
    expect(receiver.received.map(idOf)).toEqual(
      [event(0), event(0), event(0), event(1)].map(({ detail }) => detail.id),
    )
  })

  test('that keeps answering 500 is left alone until the next run', async () => {
    receiver.answers.push(500, 500, 500)
    const unsent = await cloudEventsWebhook(settings()).publish([event(0), event(1)])
    expect(unsent.every(({ why }) => why instanceof BusFailure)).toBe(true)
    expect(reasons(unsent)).toEqual(
      new Set([`webhook "pager" at ${host()}: it answers with status 500. The next run tries again.`]),
    )
    expect(receiver.received).toHaveLength(3)
  })

  test('that redirects is not followed', async () => {
    await using other = await startReceiver()
    receiver.answers.push({ redirectTo: other.url })
    const unsent = await cloudEventsWebhook(settings()).publish([event(0)])
    expect(reasons(unsent)).toEqual(
      new Set([
        `webhook "pager" at ${host()}: it answers with a redirect (302), which the watchdog does not follow: correct the url of the webhook. The next run tries again.`,
      ]),
    )
    expect(other.received).toEqual([])
  })

  test('that refuses one event gets the others', async () => {
    receiver.answers.push(422)
    const unsent = await cloudEventsWebhook(settings()).publish([event(0), event(1)])
    expect(unsent.map(each => each.event)).toEqual([event(0)])
    expect(unsent[0]?.why).not.toBeInstanceOf(BusFailure)
    expect(receiver.received.map(idOf)).toEqual([event(0).detail.id, event(1).detail.id])
  })

  test('that hangs is waited for only once, for 10 seconds', async () => {
    receiver.answers.push('hangs')
    const unsent = await cloudEventsWebhook(settings()).publish([event(0), event(1)])
    expect(reasons(unsent)).toEqual(
      new Set([`webhook "pager" at ${host()}: no answer within 10 s. The next run tries again.`]),
    )
    expect(receiver.received).toHaveLength(1)
  })

  test('with an untrusted certificate gets no event', async () => {
    const { privateKey: key, certificate: cert } = certificateAuthority('nobody').issue('127.0.0.1', {
      hosts: ['127.0.0.1'],
    })
    await using tls = await startReceiver({ key, cert })
    const unsent = await cloudEventsWebhook(settings({ url: tls.url })).publish([event(0)])
    expect([...reasons(unsent)].join()).toMatch(
      /: its certificate is not accepted \([A-Z_]+\)\. The next run/,
    )
    expect(tls.received).toEqual([])
  })

  test('that is out of reach is named by its host, without the rest of its url', async () => {
    const [port] = await freePorts(1)
    const url = `http://127.0.0.1:${port}/T0SECRET?token=T0SECRET`
    const unsent = await cloudEventsWebhook(settings({ url })).publish([event(0)])
    const [reason = ''] = reasons(unsent)
    expect(reason).toContain('it is out of reach (ECONNREFUSED)')
    expect(reason).not.toContain('T0SECRET')
  })
})
