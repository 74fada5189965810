import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { until } from '../brokers/until.ts'
import { run } from '../cli/run.ts'
import { describeWithDebian } from '../debian/describe.ts'
import {
  type AlertmanagerProcess,
  type Notification,
  startAlertmanager,
} from '../webhooks/alertmanager-process.ts'
import { type Receiver, startReceiver } from '../webhooks/receiver.ts'

// The command line without Slack: only webhooks report the incident.

describeWithDebian('a watchdog with webhooks and no Slack', () => {
  const group = unique('quiet')
  const place = { topic: unique('orders'), partition: 0 }
  let folder: string
  let bootstrap: readonly string[]
  let alertmanager: AlertmanagerProcess
  let pager: Receiver
  let notified: Receiver
  let broken: Receiver
  let hanging: Receiver
  let moved: Receiver

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-e2e-'))
    ;[pager, notified, broken, hanging, moved] = await Promise.all([
      startReceiver(),
      startReceiver(),
      startReceiver(),
      startReceiver(),
      startReceiver(),
    ])
    bootstrap = await sharedKafka()
    alertmanager = await startAlertmanager(notified.url)
    await createTopic(bootstrap, place.topic, { records: 20 })
    const settings = {
      store: join(folder, 'store'),
      interval: '1m',
      clockSkew: '0s',
      webhooks: [
        { name: 'broken', format: 'cloudevents', url: broken.url, secret: 'T0SECRET' },
        { name: 'hanging', format: 'cloudevents', url: hanging.url, secret: 'T0SECRET' },
        { name: 'moved', format: 'alertmanager', url: moved.url },
        { name: 'pager', format: 'cloudevents', url: pager.url, secret: 'T0SECRET' },
        { name: 'am', format: 'alertmanager', url: alertmanager.url },
      ],
      clusters: [
        {
          name: 'prod',
          kafka: { brokers: bootstrap },
          groups: [group],
          levels: { first: '3595s', second: '3s', last: '2s' },
        },
      ],
    }
    await writeFile(join(folder, 'watchdog.yaml'), JSON.stringify(settings))
  })
  afterAll(async () => {
    await alertmanager?.[Symbol.asyncDispose]()
    await Promise.all([pager, notified, broken, hanging, moved].map(each => each?.[Symbol.asyncDispose]()))
    await rm(folder, { recursive: true, force: true })
  })

  const cli = (...args: string[]) => run(args, { WATCHDOG_CONFIG: join(folder, 'watchdog.yaml') })
  const commit = (offset: bigint, more: { expiresIn?: number } = {}) =>
    commitRaw(bootstrap, [{ group, offsets: [{ ...place, offset }], ...more }])
  const eventsOf = ({ received }: Receiver) =>
    received.map(({ body }) => JSON.parse(body)).filter(({ subject }) => subject !== undefined)
  const notifications = () =>
    notified.received
      .map(({ body }): Notification => JSON.parse(body))
      .flatMap(({ alerts }) => alerts)
      .filter(({ labels }) => labels.group === group)
      .map(({ status }) => status)

  test('opens and closes a real incident in Alertmanager and on a pager, even if other webhooks fail', async () => {
    await commit(5n, { expiresIn: 3_600_000 })
    broken.answers.push(...Array<500>(1000).fill(500))
    hanging.answers.push('hangs')
    moved.answers.push({ redirectTo: notified.url })
    // The deadline comes nearer, until it is within the first level.
    await until(async () => {
      await cli('snapshot')
      const watched = await cli('watch')
      if (watched.code === 0) return false
      expect(watched).toMatchObject({ code: 3 })
      expect(watched.stderr).toMatch(
        /webhook "broken" at 127\.0\.0\.1:\d+: it answers with status 500\. The next run tries again\./,
      )
      expect(watched.stderr).toMatch(/webhook "hanging" at 127\.0\.0\.1:\d+: no answer within 10 s\./)
      expect(watched.stderr).toMatch(/webhook "moved" at .*: it answers with a redirect \(302\)/)
      expect(watched.stderr).not.toContain('T0SECRET')
      return true
    })
    expect(eventsOf(pager)).toMatchObject([
      { type: 'offset-watchdog.offsets-expiring', data: { action: 'opened', group } },
    ])
    const [opened] = eventsOf(pager)
    await until(async () => notifications().join() === 'firing')

    await commit(6n)
    broken.answers.length = 0
    broken.received.length = 0
    await cli('snapshot')
    expect(await cli('watch')).toMatchObject({ code: 0, stdout: expect.stringContaining('sent to webhooks') })
    await until(async () => notifications().join() === 'firing,resolved')
    expect(eventsOf(pager)[1]).toMatchObject({
      type: 'offset-watchdog.offsets-recovered',
      subject: opened.subject,
      data: { action: 'closed', why: 'committed-again' },
    })
    // The next run sends again to each webhook that failed. A run cannot know whether the opening arrived.
    expect(eventsOf(hanging).map(({ data }) => data.action)).toEqual(['opened', 'closed'])
    expect(moved.received.map(({ body }) => JSON.parse(body)[0].labels.group)).toEqual([group, group])
    expect(eventsOf(broken)).toMatchObject([{ subject: opened.subject, data: { action: 'closed' } }])
    expect(await alertmanager.firing()).toEqual([])
  })

  test('learns from doctor which webhooks answer', async () => {
    broken.answers.push(503)
    const { stdout, code } = await cli('doctor')
    expect(stdout).toMatch(/ok {4}Slack: is not set: alerts go to the webhooks/)
    expect(stdout).toMatch(
      /ok {4}webhook pager: 127\.0\.0\.1:\d+ answers; the first event shows whether it accepts events/,
    )
    expect(stdout).toMatch(/ok {4}webhook am: 127\.0\.0\.1:\d+ Alertmanager answers/)
    expect(stdout).toMatch(
      /fail {2}webhook broken: webhook "broken" at 127\.0\.0\.1:\d+: it answers with status 503\./,
    )
    expect(code).toBe(1)
  })
})
