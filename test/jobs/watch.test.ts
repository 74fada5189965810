import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../functions/jobs/acknowledge.ts'
import type { Alerts } from '../../functions/jobs/ports.ts'
import { watch } from '../../functions/jobs/watch.ts'
import { policy } from '../builders/commits.ts'
import { DAY, dead, HOUR, MINUTE, monday, simple } from '../core/readings.ts'
import { cluster, kari } from './parts.ts'
import {
  incidents,
  notifier,
  quietGroup,
  read,
  slack,
  store,
  texts,
  watchAt,
  week,
  withStoreAndSlack,
} from './watching.ts'

withStoreAndSlack()

test('nothing is posted without a snapshot', async () => {
  expect(await watchAt(0)).toEqual({ cluster: 'prod', takenAt: null, posted: 0, edited: 0, openIncidents: 0 })
})

test('a deadline is posted once for each level, even while no snapshot is taken', async () => {
  await quietGroup('app')
  expect(await watchAt(2 * HOUR)).toMatchObject({ posted: 0, edited: 0, openIncidents: 0 })
  expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1, edited: 0, openIncidents: 1 })
  expect(await watchAt(week - 71 * HOUR)).toMatchObject({ posted: 0, edited: 0, openIncidents: 1 })
  expect(await watchAt(week - 24 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
  expect(await watchAt(week - 6 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
  expect(await watchAt(week - HOUR)).toMatchObject({ posted: 0, edited: 0 })

  expect(slack.messages.map(({ edits }) => edits.length)).toEqual([2, 0, 0])
  const [parent] = slack.messages
  expect(slack.messages.map(({ thread, broadcast }) => [thread, broadcast])).toEqual([
    [undefined, false],
    [parent?.ts, true],
    [undefined, false],
  ])
  expect(texts().map(text => text.includes('<!here>'))).toEqual([false, false, true])
  expect(JSON.stringify(slack.messages[2])).toContain(`p${parent?.ts.replace('.', '')}`)
})

test('a loss is posted with the lost offset, and edited when the group commits elsewhere', async () => {
  await quietGroup('app')
  await watchAt(week - 72 * HOUR)
  await read(week + HOUR, { app: dead('simple', 'orders-0') })
  // The weekly line is the fourth one.
  expect(await watchAt(week + HOUR)).toMatchObject({ posted: 4, edited: 1 })
  expect(await incidents()).toEqual(['deadline closed: lost', 'loss'])
  const [deadline, closed, loss, offsets] = slack.messages
  expect(closed).toMatchObject({ thread: deadline?.ts, broadcast: false })
  expect(loss).toMatchObject({ thread: undefined, text: expect.stringContaining('<!here>') })
  expect(JSON.stringify(loss?.attachments)).toContain('orders')
  expect(JSON.stringify(loss)).toContain(`p${deadline?.ts.replace('.', '')}`)
  expect(offsets).toMatchObject({ thread: loss?.ts, metadata: { event_payload: { name: 'offsets.csv' } } })
  expect(JSON.stringify(offsets)).toContain('orders,0,6')

  await read(week + 2 * HOUR, { app: simple({ 'orders-0': 0n }) })
  expect(await watchAt(week + 2 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
  expect(JSON.stringify(loss?.attachments)).toContain('set back by at most 6 records')
  expect(slack.messages[5]).toMatchObject({ thread: loss?.ts, broadcast: true })
})

test('an acknowledged loss is closed in place by the next run', async () => {
  await quietGroup('app')
  await read(week, { app: dead('simple', 'orders-0') })
  await watchAt(week)
  const acknowledged = () => acknowledge(store.alerts, cluster.name, 'app', monday + week, { by: kari })
  expect(await acknowledged()).toMatchObject({ acknowledged: [{ kind: 'loss' }] })
  // Includes the weekly line.
  expect(await watchAt(week + HOUR)).toMatchObject({ posted: 2, edited: 1, openIncidents: 0 })
  expect(await acknowledged()).toEqual({ acknowledged: [], already: [] })
})

test('a loss is news to a watch that has not run for weeks', async () => {
  await quietGroup('app')
  await watchAt(2 * HOUR)
  await read(week, { app: dead('simple', 'orders-0') })
  // Includes the weekly line.
  expect(await watchAt(week + 20 * DAY)).toMatchObject({ posted: 3 })
})

describe('several runs at once', () => {
  test('post each message once', async () => {
    await quietGroup('a', 'b', 'c')
    const results = await Promise.all([1, 2, 3].map(() => watchAt(week - 72 * HOUR)))
    expect(results.reduce((sum, { posted }) => sum + posted, 0)).toBe(3)
    expect(new Set(texts()).size).toBe(3)
    expect(slack.messages).toHaveLength(3)
    expect(await incidents()).toEqual(['deadline', 'deadline', 'deadline'])
  })

  /** Returns the snapshot from before the group's last two commits. */
  async function oldSnapshot() {
    await quietGroup('app')
    const old = await store.newest()
    await read(week - 2 * DAY, { app: simple({ 'orders-0': 6n }) })
    await read(week - DAY, { app: simple({ 'orders-0': 7n }) })
    return old
  }

  test('change nothing if one run is overtaken between reading and writing', async () => {
    const old = await oldSnapshot()
    let isOvertaken = false
    const alerts: Alerts = {
      read: name => store.alerts.read(name),
      async write(...args) {
        if (!isOvertaken) {
          isOvertaken = true
          await watchAt(week - DAY)
        }
        return store.alerts.write(...args)
      },
    }
    const slow = { snapshots: { newest: async () => old }, alerts }
    expect(await watchAt(week - HOUR, slow)).toMatchObject({ posted: 0, openIncidents: 0 })
    expect(await store.alerts.read(cluster.name)).toMatchObject({ state: { watched: monday + week - DAY } })
    expect(slack.messages).toEqual([])
  })
})

describe('a newest snapshot that cannot be used', () => {
  const stuck = (time: number, ...says: string[]) =>
    expect(watchAt(time)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(says.map(each => each.replaceAll('.', '\\.')).join('.*')),
    })
  const headlines = () => texts().map(text => text.replaceAll(/^\S+ |<!date.*?\|(.*?)>/g, '$1'))

  test.each<[string, spoil: () => Promise<void> | void, why: string]>([
    [
      'damaged',
      () => store.damage(monday + 2 * HOUR),
      'taken at 2026-11-23T10:00:00.000Z is skipped: its Parquet',
    ],
    [
      'removed',
      () => store.lose(monday + 2 * HOUR),
      'taken at 2026-11-23T10:00:00.000Z is no longer in the store',
    ],
  ])('because it was %s: deadlines and the problem are posted, and the run fails', async (_, spoil, why) => {
    await quietGroup('app')
    await read(2 * HOUR, { app: simple({ 'orders-0': 6n }) })
    await watchAt(2 * HOUR)
    await spoil()

    await stuck(3 * HOUR, 'cannot use the newest snapshot of cluster "prod"', '2026-11-23T09:00:00.000Z', why)
    expect(headlines()).toEqual([
      'The newest snapshot of `prod` is not usable: the watchdog uses the snapshot of 2026-11-23 09:00 UTC.',
    ])
    expect(JSON.stringify(slack.messages[0])).toContain(why)
    await stuck(week - 72 * HOUR)
    await stuck(week - 71 * HOUR)
    await stuck(week - 6 * HOUR)
    expect(headlines().slice(1)).toEqual([
      expect.stringContaining('`app` on `prod` may lose 1 committed offset'),
      expect.stringContaining('Last call'),
    ])
    expect(await incidents()).toEqual(['deadline'])

    await read(week - 2 * HOUR, { app: simple({ 'orders-0': 7n }) })
    await read(week - HOUR, { app: simple({ 'orders-0': 8n }) })
    expect(await watchAt(week - HOUR)).toMatchObject({ openIncidents: 0 })
    expect(headlines()).toContain('Over: the newest snapshot of `prod` is usable again.')
    expect(await watchAt(week - MINUTE)).toMatchObject({ posted: 0, edited: 0 })
  })

  test('opens no loss, and closes none', async () => {
    await quietGroup('app', 'b')
    const lost = { app: dead('simple', 'orders-0'), b: simple({ 'orders-0': 6n }) }
    await read(2 * HOUR, lost)
    await read(3 * HOUR, { ...lost, app: simple({ 'orders-0': 6n }) })
    await watchAt(3 * HOUR)
    const told = await incidents()
    await store.damage(monday + 3 * HOUR)
    await stuck(4 * HOUR)
    await stuck(5 * HOUR)
    expect(await incidents()).toEqual(told)
    expect(headlines().filter(text => text.includes('`app`'))).toEqual([])
  })

  test('is reported even if no other snapshot is left', async () => {
    await read(0, {})
    await watchAt(0)
    await store.damage(monday)
    await stuck(HOUR, 'no deadline is known')
    expect(headlines()).toEqual([
      'No snapshot of `prod` is usable: the watchdog knows nothing about the groups.',
    ])
  })

  test('by a clock that was ahead does not hide a loss in an earlier snapshot', async () => {
    await quietGroup('app')
    await watchAt(HOUR)
    await read(30 * DAY, { app: simple({ 'orders-0': 6n }) })
    store.setClock(monday + 2 * HOUR)
    await read(2 * HOUR, { app: dead('simple', 'orders-0') })
    await stuck(2 * HOUR, 'taken at 2026-12-23T08:00:00.000Z is skipped: it is later than this clock')
    expect(await incidents()).toEqual(['loss'])
  })

  test('that was taken and watched by a clock ahead blocks watch until the snapshot is removed', async () => {
    await quietGroup('app')
    await read(30 * DAY, { app: simple({ 'orders-0': 6n }) })
    await watchAt(30 * DAY)
    store.setClock(monday + 2 * HOUR)
    await stuck(2 * HOUR)
    await store.lose(monday + 30 * DAY)
    await read(2 * HOUR, { app: dead('simple', 'orders-0') })
    await watchAt(2 * HOUR)
    expect(await store.alerts.read(cluster.name)).toMatchObject({ state: { watched: monday + 2 * HOUR } })
    expect((await incidents())?.at(-1)).toBe('loss')
  })
})

test('a message is posted although a clock that was ahead has saved its intent', async () => {
  await quietGroup('app')
  slack.mishaps.push('cut')
  await expect(watchAt(week + 30 * DAY)).rejects.toMatchObject({ exitCode: 3 })
  expect(await watchAt(week - HOUR)).toMatchObject({ posted: 1 })
})

test('an ignored group causes no messages', async () => {
  await quietGroup('app')
  const ignore = [{ pattern: 'app', reason: 'a test', until: undefined }]
  const ignoring = { ...cluster, policy: { ...policy, ignore } }
  const parts = {
    cluster: ignoring,
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: notifier(),
    interval: 30 * DAY,
    digestAt: 8 * HOUR,
  }
  await watch({ ...parts, now: () => monday + week })
  await read(week + HOUR, { app: dead('simple', 'orders-0') })
  await watch({ ...parts, now: () => monday + week + 2 * HOUR })
  expect(texts().filter(text => !text.includes('The watchdog is watching'))).toEqual([])
})
