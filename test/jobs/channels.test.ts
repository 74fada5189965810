import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import type { Alerts, Notifier, Snapshots } from '../../functions/jobs/ports.ts'
import { type WatchResult, watch } from '../../functions/jobs/watch.ts'
import { slackChannel } from '../../functions/slack/client/channel.ts'
import { slackNotifier } from '../../functions/slack/notifier.ts'
import { policy } from '../builders/commits.ts'
import { aReading, DAY, dead, HOUR, MINUTE, monday, simple } from '../core/readings.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { aStore, cluster } from './parts.ts'

// Every alert reaches a channel: the one of its route, or else the default one.

const routes = [
  { pattern: 'other-*', channel: '#other', mention: undefined },
  { pattern: 'pay-*', channel: '#pay', mention: '<!subteam^S1>' },
]
const [other, pay, kafka] = ['C01KAFKA', 'C02KAFKA', 'C03KAFKA']

let store: Awaited<ReturnType<typeof aStore>>
let slack: FakeSlack
let clock = monday
beforeEach(async () => {
  const channels = { '#other': true, '#pay': true, '#kafka': true }
  ;[store, slack] = await Promise.all([aStore(), startSlack({ channels, now: () => clock })])
})
afterEach(() => Promise.all([store.remove(), slack.stop()]))

const notifier = (): Notifier => {
  const settings = { token: slack.token, channel: '#kafka', mention: '<!here>', apiUrl: slack.url }
  return slackNotifier(slackChannel(settings, { timeout: 60_000, pause: 0 }), {
    ...settings,
    docs: undefined,
    routes,
  })
}

/** One run at this time after the first reading. */
const watchAt = (
  time: number,
  parts: {
    notifier?: Notifier
    alerts?: Alerts
    signal?: AbortSignal
    snapshots?: Pick<Snapshots, 'newest'>
  } = {},
): Promise<WatchResult> => {
  clock = monday + time
  return watch({
    cluster: { ...cluster, policy: { ...policy, routes } },
    snapshots: store.snapshots,
    alerts: store.alerts,
    notifier: notifier(),
    interval: 30 * DAY,
    // No digest and no weekly line is due within the hours of these tests.
    digestAt: 20 * HOUR,
    now: () => clock,
    ...parts,
  })
}

const read = (time: number, groups: Parameters<typeof aReading>[1]) =>
  store.take(aReading(monday + time, groups))

/** These groups have a deadline a week after the first reading. */
async function quietGroups(...names: string[]) {
  for (const [hour, offset] of [5n, 6n].entries())
    await read(hour * HOUR, Object.fromEntries(names.map(name => [name, simple({ 'orders-0': offset })])))
}

const week = 7 * DAY - MINUTE
const where = () => slack.messages.map(message => message.channel)
const said = (n: number) => JSON.stringify(slack.messages[n])

describe('a channel that refuses messages', () => {
  test.each([
    ['is_archived', 'the channel is archived. Set routes[1].channel to one that is in use.'],
    ['channel_not_found', 'Slack knows no such channel, or the app may not see it. Check routes[1].channel'],
    ['not_in_channel', 'the app is not in the channel.'],
    ['restricted_action', 'the app may not post to the channel (restricted_action).'],
    ['restricted_action_read_only_channel', 'the app may not post to the channel'],
    ['slack_connect_something_new', 'Slack refuses the call (slack_connect_something_new).'],
  ])('is replaced by the default channel, with the reason, once: %s', async (error, why) => {
    slack.refusals.set('#pay', error)
    await quietGroups('pay-1', 'other-1')
    expect(await watchAt(week - HOUR)).toMatchObject({ posted: 2 })

    expect(where().sort()).toEqual([other, kafka])
    const moved = slack.messages.findIndex(message => message.channel === kafka)
    expect(slack.messages[moved]?.text).toContain('<!subteam^S1>')
    expect(said(moved)).toContain('This message belongs in `#pay`, but Slack does not accept it there: ')
    expect(said(moved)).toContain(why)
    expect(await watchAt(week - HOUR + MINUTE)).toMatchObject({ posted: 0, edited: 0 })
  })

  test('does not get open incidents back when it accepts messages again', async () => {
    slack.refusals.set('#pay', 'is_archived')
    await quietGroups('pay-1')
    await watchAt(week - 72 * HOUR)
    slack.refusals.clear()
    expect(await watchAt(week - 24 * HOUR)).toMatchObject({ posted: 1, edited: 1 })
    expect(await watchAt(week - 6 * HOUR)).toMatchObject({ posted: 1, edited: 1 })

    expect(where()).toEqual([kafka, kafka, kafka])
    expect(said(0)).toContain('belongs in `#pay`')
    expect(slack.messages[1]?.thread).toBe(slack.messages[0]?.ts)
    expect(said(2)).not.toContain('belongs in')
    await read(week + HOUR, { 'pay-1': dead('simple', 'orders-0') })
    await watchAt(week + HOUR)
    expect(where().slice(3)).toEqual([kafka, pay, pay])
  })

  test('moves an open incident to the default channel', async () => {
    await quietGroups('pay-1')
    await watchAt(week - 72 * HOUR)
    slack.refusals.set('#pay', 'is_archived')
    expect(await watchAt(week - 24 * HOUR)).toMatchObject({ edited: 1, posted: 1 })
    expect(await watchAt(week - 6 * HOUR)).toMatchObject({ edited: 1, posted: 1 })
    expect(where()).toEqual([pay, kafka, kafka, kafka])
    expect(slack.messages[2]?.thread).toBe(slack.messages[1]?.ts)
    expect(await watchAt(week - HOUR)).toMatchObject({ edited: 0, posted: 0 })
  })

  test('is replaced for a summary, too', async () => {
    slack.refusals.set('#pay', 'is_archived')
    const names = Array.from({ length: 12 }, (_, i) => `pay-${i}`)
    await quietGroups(...names)
    expect(await watchAt(week - HOUR)).toMatchObject({ posted: 1 })
    expect(where()).toEqual([kafka])
    expect(said(0)).toContain('belongs in `#pay`')
  })

  test('fails the run if the default channel refuses, too, until one of them accepts the message', async () => {
    slack.refusals.set('#pay', 'is_archived').set('#kafka', 'not_in_channel')
    await quietGroups('pay-1', 'other-1')
    const refused = {
      exitCode: 3,
      message: expect.stringMatching(
        /cannot post to Slack channel "#kafka".* or set SLACK_CHANNEL to another/,
      ),
    }
    await expect(watchAt(week - HOUR)).rejects.toMatchObject(refused)
    expect(where()).toEqual([other])
    await expect(watchAt(week - HOUR + MINUTE)).rejects.toMatchObject(refused)
    slack.refusals.clear()
    expect(await watchAt(week - HOUR + 2 * MINUTE)).toMatchObject({ posted: 1 })
    expect(where()).toEqual([other, pay])
  })

  test('is tried again for the next incident', async () => {
    slack.refusals.set('#pay', 'is_archived')
    await quietGroups('pay-1')
    await watchAt(week - HOUR)
    slack.refusals.clear()
    await read(week + HOUR, { 'pay-1': dead('simple', 'orders-0') })
    await watchAt(week + HOUR)
    expect(slack.messages.findLast(({ thread }) => thread === undefined)?.channel).toBe(pay)
  })

  test('leaves one message if a run dies after the default channel has accepted it', async () => {
    slack.refusals.set('#pay', 'is_archived')
    await quietGroups('pay-1', 'default-1')
    // This run learns the id of the default channel.
    await read(2 * HOUR, { 'pay-1': simple({ 'orders-0': 9n }), 'default-1': simple({ 'orders-0': 6n }) })
    await watchAt(week - 72 * HOUR)
    let saves = 0
    const dying: Alerts = {
      read: name => store.alerts.read(name),
      write: (...args) =>
        ++saves > 3 ? Promise.reject(new Error('the process died')) : store.alerts.write(...args),
    }
    await expect(watchAt(week - 71 * HOUR, { alerts: dying })).rejects.toThrow('the process died')
    const posted = slack.messages.length
    expect(said(posted - 1)).toContain('belongs in `#pay`')
    await watchAt(week - 71 * HOUR + 3 * MINUTE)
    expect(slack.messages).toHaveLength(posted)
    expect(said(posted - 1)).toContain('belongs in `#pay`')
  })
})

test('a message that cannot be rendered fails the run, but only after all others are posted', async () => {
  await quietGroups('a', 'b', 'c')
  const good = notifier()
  const bad: Notifier = {
    ...good,
    post: async (message, target, channels) => {
      if ('incident' in message.notice && message.notice.incident.group === 'b')
        throw new RangeError('Invalid time value')
      return good.post(message, target, channels)
    },
  }
  await expect(watchAt(week - HOUR, { notifier: bad })).rejects.toMatchObject({
    name: 'Failure',
    exitCode: 3,
    message: expect.stringContaining('RangeError: Invalid time value'),
  })
  expect(slack.messages.map(({ text }) => /`([abc])`/.exec(text)?.[1])).toEqual(['a', 'c'])
  expect(await watchAt(week - HOUR + 3 * MINUTE)).toMatchObject({ posted: 1 })
})

test('a group that cannot be assessed fails the run, but only after all others are reported', async () => {
  await quietGroups('a', 'b', 'c')
  const { head, commits } = await store.newest()
  commits.at = (row: number) => {
    const commit = CommitTable.prototype.at.call(commits, row)
    if (commit.group !== 'b') return commit
    return Object.defineProperty({ ...commit }, 'deadline', {
      get: () => {
        throw new RangeError('out of range')
      },
    })
  }
  const snapshots = { newest: async () => ({ head, commits }) }
  await expect(watchAt(week - HOUR, { snapshots })).rejects.toMatchObject({
    name: 'Failure',
    exitCode: 3,
    message: expect.stringMatching(/^cannot report group "b": RangeError: out of range\. This is a defect/),
  })
  expect(slack.messages.map(({ text }) => /`([abc])`/.exec(text)?.[1])).toEqual(['a', 'c'])
  expect(await watchAt(week - HOUR + MINUTE)).toMatchObject({ posted: 1, openIncidents: 3 })
})

/** A short time-out would also end other requests on a busy machine. */
function timeOutWhenSlackHangs(): void {
  let newest = new AbortController()
  jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => {
    newest = new AbortController()
    return newest.signal
  })
  slack.onHang = () =>
    newest.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
}

describe('the offsets of a loss are posted as text', () => {
  afterEach(() => void jest.restoreAllMocks())

  test.each(['refused', 'unavailable', 'proxy', 'cut', 'hang'] as const)(
    'if the upload fails: %s',
    async uploads => {
      slack.uploads = uploads
      await quietGroups('a', 'b')
      await read(week, { a: dead('simple', 'orders-0'), b: dead('simple', 'orders-0') })
      if (uploads === 'hang') timeOutWhenSlackHangs()
      expect(await watchAt(week)).toMatchObject({ posted: 4 })
      const threads = slack.messages.filter(({ thread }) => thread !== undefined)
      expect(threads.map(({ text }) => text)).toEqual([
        expect.stringContaining('The last known offsets of `a`'),
        expect.stringContaining('The last known offsets of `b`'),
      ])
      expect(JSON.stringify(threads[0]?.attachments)).toContain('orders,0,6')
      // The run gives up on files after one time-out.
      expect(slack.calls.filter(({ method }) => method.startsWith('files.'))).toHaveLength(1)
      expect(await watchAt(week + MINUTE)).toMatchObject({ posted: 0, edited: 0 })
    },
  )
})

describe('an intent whose answer from the store is lost', () => {
  test('is recognized by its run, which posts at once', async () => {
    await quietGroups('a')
    let lost = 0
    const alerts: Alerts = {
      read: name => store.alerts.read(name),
      // The AWS SDK repeats a request: the first one arrived, so the second one meets a newer version.
      async write(name, state, version) {
        const saved = await store.alerts.write(name, state, version)
        const isIntent = JSON.stringify(state).includes('"posting"')
        return isIntent && lost++ === 0 ? store.alerts.write(name, state, version) : saved
      },
    }
    expect(await watchAt(week - HOUR, { alerts })).toMatchObject({ posted: 1 })
    expect(lost).toBeGreaterThan(0)
    expect(slack.messages).toHaveLength(1)
  })
})

test('a run that is stopped posts nothing more, and the next run posts the rest', async () => {
  await quietGroups('a', 'b', 'c')
  const stop = new AbortController()
  const good = notifier()
  const stopping: Notifier = {
    ...good,
    async post(message, target, channels) {
      const place = await good.post(message, target, channels)
      stop.abort(new Error('time is up'))
      return place
    },
  }
  await expect(watchAt(week - HOUR, { notifier: stopping, signal: stop.signal })).rejects.toThrow(
    'time is up',
  )
  expect(slack.messages).toHaveLength(1)
  expect(await watchAt(week - HOUR + 1000)).toMatchObject({ posted: 2 })
  expect(slack.messages).toHaveLength(3)
})
