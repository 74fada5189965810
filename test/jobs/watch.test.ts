import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../functions/jobs/acknowledge.ts'
import type { Alerts, Notifier, Snapshots } from '../../functions/jobs/ports.ts'
import { type WatchResult, watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { policy } from '../builders/commits.ts'
import { aReading, clockSkew, DAY, dead, HOUR, MINUTE, monday, simple } from '../core/readings.ts'
import { type FakeSlack, type Mishap, startSlack } from '../slack/server.ts'
import { aStore, cluster } from './parts.ts'

let store: Awaited<ReturnType<typeof aStore>>
let slack: FakeSlack
beforeEach(async () => {
  ;[store, slack] = await Promise.all([aStore(), startSlack({ now: () => clock })])
})
afterEach(() => Promise.all([store.remove(), slack.stop()]))

/** A channel as each run has its own, with Slack's real client. It gives up soon only where Slack hangs. */
function notifier(): Notifier {
  const timeout = slack.mishaps.includes('hang') ? 500 : 30_000
  const settings = { token: slack.token, channel: '#kafka', mention: '<!here>', apiUrl: slack.url }
  return slackNotifier(slackChannel(settings, { timeout, pause: 0 }), { ...settings, docs: undefined })
}

interface Parts {
  snapshots?: Pick<Snapshots, 'newest'>
  alerts?: Alerts
  notifier?: Notifier
}

/** ms since the epoch, of a run and of Slack. */
let clock = monday

/** One run at this time after the first reading. */
const watchAt = (time: number, parts: Parts = {}): Promise<WatchResult> => {
  clock = monday + time
  return watch({
    cluster,
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: notifier(),
    clockSkew,
    interval: 30 * DAY,
    digestAt: 8 * HOUR,
    now: () => monday + time,
    ...parts,
  })
}

const read = (time: number, ...[groups, changes]: [Parameters<typeof aReading>[1], typeof cluster?]) =>
  store.take(aReading(monday + time, groups), changes)

/** Last seen to commit before the reading an hour after the first one, so its deadline is a week after the first. */
async function quietGroup(...names: string[]) {
  for (const [hour, offset] of [5n, 6n].entries()) {
    await read(hour * HOUR, Object.fromEntries(names.map(name => [name, simple({ 'orders-0': offset })])))
  }
}

const incidents = async () => {
  const found = await store.alerts.read(cluster.name)
  return found?.state.incidents.map(({ kind, closed }) => `${kind}${closed ? ` closed: ${closed.why}` : ''}`)
}

const week = 7 * DAY - MINUTE
const texts = () => slack.messages.map(({ text }) => text)

test('without a snapshot there is nothing to say', async () => {
  expect(await watchAt(0)).toEqual({ cluster: 'prod', takenAt: null, posted: 0, edited: 0, openIncidents: 0 })
})

test('a deadline is told as it comes nearer, also while no snapshot is taken, and each thing once', async () => {
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

test('a loss is told with the offset before, and again in place when the group comes back elsewhere', async () => {
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

test('what somebody has acknowledged is closed in place by the next run', async () => {
  await quietGroup('app')
  await read(week, { app: dead('simple', 'orders-0') })
  await watchAt(week)
  expect(await acknowledge(store.alerts, cluster.name, 'app', monday + week)).toMatchObject([
    { kind: 'loss' },
  ])
  // And the weekly line.
  expect(await watchAt(week + HOUR)).toMatchObject({ posted: 2, edited: 1, openIncidents: 0 })
  expect(await acknowledge(store.alerts, cluster.name, 'app', monday + week)).toEqual([])
})

test('a loss is news to a watch that slept for weeks', async () => {
  await quietGroup('app')
  await watchAt(2 * HOUR)
  await read(week, { app: dead('simple', 'orders-0') })
  // And the weekly line.
  expect(await watchAt(week + 20 * DAY)).toMatchObject({ posted: 3 })
})

describe('when Slack does not take a message', () => {
  const failing = async (time: number, ...mishaps: Mishap[]) => {
    slack.mishaps.push(...mishaps)
    await expect(watchAt(time)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('Slack'),
    })
  }

  test.each(['channel_not_found', 'token_revoked'])('the next run posts it, once: %s', async error => {
    await quietGroup('app')
    await failing(week - DAY, { error })
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 1 })
    expect(await watchAt(week - DAY + 2 * MINUTE)).toMatchObject({ posted: 0 })
  })

  test('the others are posted all the same', async () => {
    await quietGroup('a', 'b')
    await failing(week - DAY, { error: 'channel_not_found' })
    expect(slack.messages).toHaveLength(1)
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 1 })
    expect(texts().filter(text => text.includes('`a`'))).toHaveLength(1)
  })

  test('and wants to be left alone, the next run does the rest', async () => {
    await quietGroup('a', 'b')
    await failing(week - DAY, { status: 429, retryAfter: 30 })
    expect(slack.calls).toHaveLength(1)
    expect(await watchAt(week - DAY + MINUTE)).toMatchObject({ posted: 2 })
  })

  test.each<Mishap>(['hang', 'cut'])(
    'or may have (%s), it is posted again only when the run must have died',
    async mishap => {
      await quietGroup('app')
      await failing(week - HOUR, mishap)
      expect(await watchAt(week - HOUR + MINUTE)).toMatchObject({ posted: 0 })
      expect(await watchAt(week - HOUR + 2 * MINUTE)).toMatchObject({ posted: 1 })
      expect(await watchAt(week - HOUR + 4 * MINUTE)).toMatchObject({ posted: 0 })
      expect(slack.messages).toHaveLength(2)
      expect(texts()[1]).toContain('<!here>')
    },
  )

  test('or may have, it is looked for once the channel is known, not posted again, and brought up to date', async () => {
    await quietGroup('a', 'b')
    await read(5 * HOUR, { a: simple({ 'orders-0': 6n }), b: simple({ 'orders-0': 9n }) })
    expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1 })
    await failing(week - 71 * HOUR, 'hang')
    await watchAt(week - 71 * HOUR + 2 * MINUTE)
    expect(await watchAt(week - 71 * HOUR + 4 * MINUTE)).toMatchObject({
      posted: 0,
      edited: 1,
      openIncidents: 2,
    })
    expect(await watchAt(week - 71 * HOUR + 6 * MINUTE)).toMatchObject({ posted: 0, edited: 0 })
    expect(slack.messages).toHaveLength(2)
  })

  test('or may have, and cannot be looked for, the others do not wait, and after an hour it is posted again', async () => {
    await quietGroup('a', 'b', 'c')
    const at = (offset: bigint) => simple({ 'orders-0': offset })
    await read(90 * MINUTE, { a: at(6n), b: at(9n), c: at(6n) })
    await read(5 * HOUR, { a: at(6n), b: at(9n), c: at(9n) })
    expect(await watchAt(week - 72 * HOUR)).toMatchObject({ posted: 1 })
    await failing(week - 71 * HOUR, 'hang')
    await failing(week - 70.5 * HOUR, { status: 503 })
    const named = () => ['`a`', '`b`', '`c`'].map(name => texts().filter(text => text.includes(name)).length)
    expect(named()).toEqual([1, 1, 1])

    slack.mishaps.push({ status: 503 })
    expect(await watchAt(week - 69.5 * HOUR)).toMatchObject({ posted: 1 })
    expect(await watchAt(week - 69 * HOUR)).toMatchObject({ posted: 0 })
    expect(named()).toEqual([1, 2, 1])
  })

  test('since somebody deleted it, it is posted anew', async () => {
    await quietGroup('app')
    await watchAt(week - 72 * HOUR)
    slack.remove(slack.messages[0]?.ts ?? '')
    expect(await watchAt(week - 24 * HOUR)).toMatchObject({ edited: 1, posted: 1 })
    expect(slack.messages.map(({ thread }) => thread)).toEqual([undefined, slack.messages[0]?.ts])
    expect(await watchAt(week - 6 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
  })
})

describe('several runs', () => {
  test('at once post each message once', async () => {
    await quietGroup('a', 'b', 'c')
    const results = await Promise.all([1, 2, 3].map(() => watchAt(week - 72 * HOUR)))
    expect(results.reduce((sum, { posted }) => sum + posted, 0)).toBe(3)
    expect(new Set(texts()).size).toBe(3)
    expect(slack.messages).toHaveLength(3)
    expect(await incidents()).toEqual(['deadline', 'deadline', 'deadline'])
  })

  /** The snapshot before the group committed again. */
  async function oldSnapshot() {
    await quietGroup('app')
    const old = await store.newest()
    await read(week - 2 * DAY, { app: simple({ 'orders-0': 6n }) })
    await read(week - DAY, { app: simple({ 'orders-0': 7n }) })
    return old
  }

  test('of which one is overtaken between reading and writing change nothing, either', async () => {
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
  ])('is %s: deadlines and that are told, and it ends with a failure', async (_, spoil, why) => {
    await quietGroup('app')
    await read(2 * HOUR, { app: simple({ 'orders-0': 6n }) })
    await watchAt(2 * HOUR)
    await spoil()

    await stuck(3 * HOUR, 'cannot use the newest snapshot of cluster "prod"', '2026-11-23T09:00:00.000Z', why)
    expect(headlines()).toEqual([
      'The newest snapshot of `prod` cannot be used: the watchdog goes by that of 2026-11-23 09:00 UTC.',
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
    expect(headlines()).toContain('Over: the newest snapshot of `prod` can be used again.')
    expect(await watchAt(week - MINUTE)).toMatchObject({ posted: 0, edited: 0 })
  })

  test('proves no loss, and ends none', async () => {
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

  test('is told also where no other one is left', async () => {
    await read(0, {})
    await watchAt(0)
    await store.damage(monday)
    await stuck(HOUR, 'no deadline can be told')
    expect(headlines()).toEqual([
      'No snapshot of `prod` can be used: the watchdog knows nothing of its groups.',
    ])
  })

  test('is of a clock that was ahead: losses are told by the one before, and it is not used later', async () => {
    await quietGroup('app')
    await watchAt(HOUR)
    await read(30 * DAY, { app: simple({ 'orders-0': 6n }) })
    store.setClock(monday + 2 * HOUR)
    await read(2 * HOUR, { app: dead('simple', 'orders-0') })
    await stuck(2 * HOUR, 'taken at 2026-12-23T08:00:00.000Z is skipped: it is later than this clock')
    expect(await incidents()).toEqual(['loss'])
  })

  test('was watched by the same clock that was ahead: once it is removed, all goes on', async () => {
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

test('a message that a clock ahead of ours was about to post is posted', async () => {
  await quietGroup('app')
  slack.mishaps.push('hang')
  await expect(watchAt(week + 30 * DAY)).rejects.toMatchObject({ exitCode: 3 })
  expect(await watchAt(week - HOUR)).toMatchObject({ posted: 1 })
})

test('an ignored group is never heard of', async () => {
  await quietGroup('app')
  const ignore = [{ pattern: 'app', reason: 'a test', until: undefined }]
  const ignoring = { ...cluster, policy: { ...policy, ignore } }
  const parts = {
    cluster: ignoring,
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: notifier(),
    clockSkew,
    interval: 30 * DAY,
    digestAt: 8 * HOUR,
  }
  await watch({ ...parts, now: () => monday + week })
  await read(week + HOUR, { app: dead('simple', 'orders-0') })
  await watch({ ...parts, now: () => monday + week + 2 * HOUR })
  expect(texts().filter(text => !text.includes('The watchdog is looking at'))).toEqual([])
})
