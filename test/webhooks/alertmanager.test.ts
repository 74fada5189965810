import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { parseSentAlerts } from '../../functions/contracts/events/alertmanager-alert.ts'
import { type AlertState, emptyAlertState } from '../../functions/core/alerts/alert-state.ts'
import { acknowledge } from '../../functions/core/alerts/incidents.ts'
import { silenceOf } from '../../functions/core/alerts/silence.ts'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { type SendAlerts, sendAlerts } from '../../functions/jobs/send-alerts.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { webhookKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { alertmanager } from '../../functions/webhooks/alertmanager.ts'
import { until } from '../brokers/until.ts'
import { aCommit, gone, now, policy } from '../builders/commits.ts'
import type { ContextChanges } from '../core/alerts/alerts.ts'
import { aWatcher, behind, losing } from '../core/alerts/unread.ts'
import { DAY, HOUR, MINUTE, sevenDays } from '../core/readings.ts'
import { describeWithDebian } from '../debian/describe.ts'
import { cluster } from '../jobs/status-of-sample.ts'
import { aHead } from '../slack/messages/heads.ts'
import { type AlertmanagerProcess, type Notification, startAlertmanager } from './alertmanager-process.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const receiverOf = (url: string) =>
  alertmanager({ name: 'am', format: 'alertmanager', url, secret: undefined, authorization: undefined })

describeWithDebian("Debian's Alertmanager", () => {
  let receiver: Receiver
  let real: AlertmanagerProcess
  const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-alerts-'))
  beforeAll(async () => {
    receiver = await startReceiver()
    real = await startAlertmanager(receiver.url)
  })
  afterAll(async () => {
    await real?.[Symbol.asyncDispose]()
    await receiver?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Watches one group in a store of its own, and sends alerts by Alertmanager's clock. */
  function watchdog(group: string) {
    const watcher = aWatcher()
    let commits: Commit[] = []
    const see = (later: number, seen: Commit[], changes: ContextChanges = {}) => {
      commits = seen.map(commit => ({ ...commit, group }))
      watcher.see(later, commits, changes)
    }
    const send = (changes: Partial<SendAlerts> = {}) =>
      sendAlerts({
        cluster: { ...cluster, policy },
        alerts: { read: async () => ({ state: watcher.state, version: '1' }) },
        snapshots: {
          newest: async () => ({
            head: aHead({ takenAt: now + DAY, retention: [sevenDays] }),
            commits: CommitTable.from(commits),
          }),
        },
        sent: alertStore(folderStore(join(folder, group)), parseSentAlerts, name =>
          webhookKey(name, 'alertmanager', 'am'),
        ),
        receiver: receiverOf(real.url),
        docs: 'https://docs.example.com/',
        interval: 15 * MINUTE,
        now: Date.now(),
        ...changes,
      })
    const firing = async () =>
      (await real.firing())
        .filter(({ labels }) => labels.group === group)
        .map(({ labels }) => labels.severity)
    const notified = () =>
      receiver.received
        .map(({ body }): Notification => JSON.parse(body))
        .flatMap(({ alerts }) => alerts)
        .filter(({ labels }) => labels.group === group)
        .map(({ status, labels }) => `${labels.severity} ${status}`)
    const untilNotified = (...expected: string[]) =>
      until(async () => JSON.stringify(notified()) === JSON.stringify(expected)).catch(() =>
        expect(notified()).toEqual(expected),
      )
    return { watcher, see, send, firing, notified, untilNotified }
  }

  test('shows an incident once, however often it is sent, and resolves it when it is closed', async () => {
    const { see, send, firing, notified, untilNotified } = watchdog('app')
    see(0, [aCommit(2 * DAY)])
    expect(await send()).toBe(1)
    await untilNotified('warning firing')
    const [alert] = await real.firing()
    expect(alert).toMatchObject({
      labels: { alertname: 'OffsetsExpiring', cluster: 'prod', group: 'app', severity: 'warning' },
      annotations: {
        summary: expect.stringMatching(
          /^Group "app" on cluster prod may lose 1 committed offset from 20\d\d-.*Z on\.$/,
        ),
        description:
          'Committed offsets: orders-0 at 50. All of them: offset-watchdog lookup app --cluster prod',
      },
      startsAt: new Date(now).toISOString(),
      generatorURL: 'https://docs.example.com/docs/alerts.md#the-life-of-an-incident',
    })
    // An alert that is sent again outlives Alertmanager's own resolve_timeout of one second, and nobody is notified
    // twice.
    await until(async () => Date.now() - Date.parse(alert?.endsAt ?? '') + 60 * MINUTE > 2000)
    expect(await send()).toBe(1)
    expect(await firing()).toEqual(['warning'])
    expect(notified()).toEqual(['warning firing'])

    see(HOUR, [aCommit(20 * DAY, { offset: 60n })])
    expect(await send()).toBe(0)
    await untilNotified('warning firing', 'warning resolved')
    expect(await firing()).toEqual([])
  })

  test('gets no new alert of a deadline during a silence; an alert that fires already stays and is resolved', async () => {
    const { watcher, see, send, firing } = watchdog('muted')
    const muteUntil = (until: number) => {
      const rule = { pattern: 'muted', from: now, until, reason: 'migration' }
      watcher.state = { ...watcher.state, silences: [silenceOf('prod', rule, 'ada')] }
    }
    see(0, [aCommit(2 * DAY)])
    muteUntil(Date.now() + HOUR)
    expect(await send()).toBe(0)
    expect(await firing()).toEqual([])

    muteUntil(Date.now() - HOUR)
    expect(await send()).toBe(1)
    expect(await firing()).toEqual(['warning'])

    muteUntil(Date.now() + HOUR)
    see(45 * HOUR, [aCommit(2 * DAY)])
    expect(await send()).toBe(1)
    expect(await firing()).toEqual(['warning'])

    see(46 * HOUR, [aCommit(20 * DAY, { offset: 60n })])
    expect(await send()).toBe(0)
    expect(await firing()).toEqual([])
  })

  test('gets a second alert when the incident becomes critical, and resolves both at its end', async () => {
    const { see, send, firing, untilNotified } = watchdog('worse')
    see(0, [aCommit(2 * DAY)])
    await send()
    see(44 * HOUR, [aCommit(2 * DAY)])
    expect(await send()).toBe(2)
    expect(new Set(await firing())).toEqual(new Set(['critical', 'warning']))
    see(49 * HOUR, [])
    await send()
    await until(async () => (await firing()).length === 0)
    await untilNotified('warning firing', 'critical firing', 'warning resolved', 'critical resolved')
  })

  test('shows unread records that Kafka may delete, then their loss, and resolves each', async () => {
    const { see, send } = watchdog('slow')
    const alertnames = async () =>
      (await real.firing()).flatMap(({ labels }) => (labels.group === 'slow' ? [labels.alertname] : []))
    see(0, [behind(2 * DAY)])
    await send()
    expect(await alertnames()).toEqual(['RecordsExpiring'])
    see(HOUR, [losing(10n, now + HOUR)])
    await send()
    await until(async () => (await alertnames()).join() === 'RecordsLost')
    const lost = (await real.firing()).find(({ labels }) => labels.group === 'slow')
    expect(lost).toMatchObject({
      labels: { severity: 'critical' },
      annotations: {
        summary: 'Group "slow" on cluster prod has lost at most 10 unread records.',
      },
    })
    see(2 * HOUR, [])
    await send()
    await until(async () => (await alertnames()).length === 0)
  })

  test('keeps an acknowledged deadline open, without an escalation', async () => {
    const { watcher, see, send, firing } = watchdog('seen')
    see(0, [aCommit(2 * DAY)])
    await send()
    watcher.state = acknowledge(watcher.state, 'seen', now + HOUR, 'kari').state
    see(44 * HOUR, [aCommit(2 * DAY)])
    await send()
    expect(await firing()).toEqual(['warning'])
  })

  test.each<[what: string, happens: (state: AlertState) => AlertState]>([
    ['acknowledges a loss', state => acknowledge(state, 'ends', now + HOUR).state],
    ['resets the alert state', () => emptyAlertState('prod')],
  ])('resolves an alert that ends because somebody %s', async (what, happens) => {
    const { watcher, see, send, firing } = watchdog(what === 'acknowledges a loss' ? 'ends' : 'reset')
    see(0, [gone(HOUR, aCommit(0))])
    await send()
    expect(await firing()).toEqual(['critical'])
    watcher.state = happens(watcher.state)
    await send()
    await until(async () => (await firing()).length === 0)
  })

  test('resolves an alert even if the run that sent it died before it saved the alert', async () => {
    const { see, send, firing } = watchdog('died')
    see(0, [aCommit(2 * DAY)])
    const dies: SendAlerts['receiver'] = {
      send: async alerts => {
        await receiverOf(real.url).send(alerts)
        throw new Error('killed')
      },
    }
    await expect(send({ receiver: dies })).rejects.toThrow('killed')
    expect(await firing()).toEqual(['warning'])
    see(HOUR, [])
    await send()
    await until(async () => (await firing()).length === 0)
  })

  test('keeps an alert unchanged while no snapshot can be used', async () => {
    const { see, send, firing } = watchdog('blind')
    see(0, [aCommit(2 * DAY)])
    await send()
    await expect(send({ snapshots: { newest: async () => undefined } })).rejects.toThrow('no usable snapshot')
    expect(await firing()).toEqual(['warning'])
  })

  test('shows a trouble of the watchdog, and resolves it', async () => {
    const { see, send } = watchdog('fine')
    const troubles = async () => (await real.firing()).flatMap(({ labels }) => labels.trouble ?? [])
    see(0, [aCommit(20 * DAY)], { unusable: ['the newest snapshot is damaged.'] })
    await send()
    expect(await troubles()).toEqual(['unusable'])
    see(HOUR, [aCommit(20 * DAY)])
    await send()
    await until(async () => (await troubles()).length === 0)
  })
})
