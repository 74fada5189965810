import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { WatchdogEvent } from '../../functions/contracts/events/event.ts'
import { silenceOf } from '../../functions/core/alerts/silence.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { Conflict } from '../../functions/jobs/ports.ts'
import { aCommit, gone, now, reset } from '../builders/commits.ts'
import { snapshotOf } from '../builders/snapshots.ts'
import { DAY, HOUR, sevenDays } from '../core/readings.ts'
import { losses } from '../events/requests.ts'
import { subscriber } from '../events/subscriber.ts'

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-publish-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const groups = (count: number) =>
  Array.from({ length: count }, (_, i) => `group-${String(i).padStart(3, '0')}`)
const lost = (count: number) => groups(count).map(group => gone(HOUR, aCommit(0, { group })))
const groupOf = ({ detail }: WatchdogEvent) => ('group' in detail ? (detail.group ?? '') : '')
const typesOf = (events: readonly WatchdogEvent[]) => events.map(({ type }) => type)

describe('a thousand events', () => {
  test('go out in requests of ten; the snapshot is read once, and progress is saved every hundred', async () => {
    await using cluster = await losses(1_000, 0)
    const { store, ...others } = await cluster.publish()
    expect(others).toEqual({ published: 1_000, bus: 100 })
    // Calls of the store: two states and a snapshot are read, actions are listed, progress is written ten times.
    expect(store).toBeLessThanOrEqual(2 + 1 + 5 + 10)
    expect(await cluster.publish()).toEqual({ published: 0, bus: 0, store: 2 + 1 })
  })
})

describe('only events that were not accepted are published again', () => {
  test('if the bus refuses one event', async () => {
    const { see } = subscriber(folder)
    const isRefused = (event: WatchdogEvent) => groupOf(event) === 'group-001'
    await expect(see(0, lost(3), { refuses: isRefused })).rejects.toThrow(
      '1 of 3 events not published: refused.',
    )
    expect((await see(HOUR, lost(3))).map(groupOf)).toEqual(['group-001'])
    expect(await see(2 * HOUR, lost(3))).toEqual([])
  })

  test('if the bus goes down in the middle of a request', async () => {
    const { see, received } = subscriber(folder)
    await expect(see(0, lost(250), { downAfter: 130 })).rejects.toThrow(
      '70 of 200 events not published: down.',
    )
    const before = received.map(groupOf)
    expect([...before, ...(await see(HOUR, lost(250))).map(groupOf)].sort()).toEqual(groups(250))
  })

  test('if no snapshot can be used', async () => {
    const { watch, publish, received } = subscriber(folder)
    await watch(0, lost(2))
    const none = { snapshots: { newest: async () => undefined } }
    await expect(publish(0, none)).rejects.toThrow('cluster "prod" has no usable snapshot')
    expect(received).toEqual([])
    expect(await publish(0)).toBe(2)
  })

  test('if the newest usable snapshot is older than the last one watched', async () => {
    const { watch, publish, received } = subscriber(folder)
    await watch(0, [aCommit(2 * DAY, { group: 'near' }), ...lost(1)])
    const older = snapshotOf([aCommit(2 * DAY, { group: 'near' })], {
      takenAt: now - HOUR,
      retention: [sevenDays],
    })
    const trouble = { snapshots: { newest: async () => older } }
    await expect(publish(0, trouble)).rejects.toThrow('waits for a snapshot')
    expect(typesOf(received)).toEqual(['Offsets Expiring'])
    expect(await publish(0)).toBe(1)
    expect(typesOf(received)).toEqual(['Offsets Expiring', 'Offsets Lost'])
  })
})

test('the end of a loss waits until the loss itself is accepted', async () => {
  const { watch, publish, received } = subscriber(folder)
  await watch(0, [gone(HOUR, aCommit(0))])
  await watch(HOUR, [reset(HOUR, aCommit(8 * DAY), { resetTo: 80n })])
  const refuses = ({ type }: WatchdogEvent) => type === 'Offsets Lost'
  await expect(publish(HOUR, { refuses })).rejects.toThrow('1 of 1 events not published')
  expect(received).toEqual([])
  expect(await publish(HOUR)).toBe(2)
  expect(typesOf(received)).toEqual(['Offsets Lost', 'Offsets Recovered'])
})

test('an event that cannot be made is reported, and does not stop the others', async () => {
  const { watch, publish, received } = subscriber(folder)
  const commits = lost(3)
  await watch(0, commits)
  const broken = snapshotOf(commits, { takenAt: now, retention: [sevenDays] })
  const at = broken.commits.at.bind(broken.commits)
  broken.commits.at = row => {
    if (row === 1) throw new RangeError('no such offset')
    return at(row)
  }
  const trouble = { snapshots: { newest: async () => broken } }
  for (const expected of [2, 0]) {
    received.length = 0
    await expect(publish(0, trouble)).rejects.toThrow(
      /^1 of \d events not published: "Offsets Lost" \w+ cannot be made: RangeError: no such offset\. Please report it\.$/,
    )
    expect(received).toHaveLength(expected)
  }
  expect(await publish(0)).toBe(1)
})

describe('during a silence', () => {
  /** Groups that begin with "app" are silent from hour one to hour twelve. */
  async function mutedSubscriber() {
    const subscribed = subscriber(folder)
    const { save, watcher, see } = subscribed
    const rule = { pattern: 'app*', from: now + HOUR, until: now + 12 * HOUR, reason: 'migration' }
    await save({ ...watcher.state, silences: [silenceOf('prod', rule, 'ada')] })
    const actions = async (later: number, commits: Commit[]) =>
      (await see(later, commits)).map(
        ({ type, detail }) => `${type} ${'action' in detail ? detail.action : ''}`,
      )
    return { ...subscribed, actions }
  }

  test('no deadline is opened; a deadline that is still open at the end is opened then, at its level', async () => {
    const { actions, received } = await mutedSubscriber()
    expect(await actions(2 * HOUR, [aCommit(2 * DAY)])).toEqual([])
    expect(await actions(11 * HOUR, [aCommit(2 * DAY)])).toEqual([])
    expect(await actions(26 * HOUR, [aCommit(2 * DAY)])).toEqual(['Offsets Expiring opened'])
    expect(received[0]?.detail).toMatchObject({
      level: 'second',
      openedAt: new Date(now + 2 * HOUR).toISOString(),
    })
  })

  test('a deadline that opens and closes has no event', async () => {
    const { actions } = await mutedSubscriber()
    expect(await actions(2 * HOUR, [aCommit(2 * DAY)])).toEqual([])
    expect(await actions(3 * HOUR, [aCommit(9 * DAY, { offset: 60n })])).toEqual([])
    expect(await actions(13 * HOUR, [aCommit(9 * DAY, { offset: 60n })])).toEqual([])
  })

  test('a deadline that was open before is escalated only at the end', async () => {
    const { actions } = await mutedSubscriber()
    expect(await actions(0, [aCommit(DAY + 2 * HOUR)])).toEqual(['Offsets Expiring opened'])
    expect(await actions(3 * HOUR, [aCommit(DAY + 2 * HOUR)])).toEqual([])
    expect(await actions(12 * HOUR, [aCommit(DAY + 2 * HOUR)])).toEqual(['Offsets Expiring escalated'])
  })

  test('a deadline that was open before is closed at once', async () => {
    const { actions } = await mutedSubscriber()
    expect(await actions(0, [aCommit(2 * DAY)])).toEqual(['Offsets Expiring opened'])
    expect(await actions(2 * HOUR, [aCommit(9 * DAY, { offset: 60n })])).toEqual(['Offsets Recovered closed'])
  })

  test('a loss is published at once, and so is a deadline of another group', async () => {
    const { actions } = await mutedSubscriber()
    const commits = [gone(HOUR, aCommit(0)), aCommit(2 * DAY, { group: 'other' })]
    expect(await actions(2 * HOUR, commits)).toEqual(['Offsets Lost opened', 'Offsets Expiring opened'])
  })

  test('a held deadline that ends in a loss is published only as a loss', async () => {
    const { actions } = await mutedSubscriber()
    expect(await actions(2 * HOUR, [aCommit(4 * HOUR)])).toEqual([])
    expect(await actions(5 * HOUR, [gone(4 * HOUR, aCommit(4 * HOUR))])).toEqual(['Offsets Lost opened'])
  })
})

describe('two runs at once', () => {
  test('publish each event, and neither fails', async () => {
    const { watch, publish, received } = subscriber(folder)
    await watch(0, lost(250))
    await Promise.all([publish(0), publish(0)])
    expect(new Set(received.map(groupOf))).toEqual(new Set(groups(250)))
    expect(await publish(0)).toBe(0)
  })

  test('publish twice only the events before the conflict', async () => {
    const { watch, publish, received, published } = subscriber(folder)
    await watch(0, lost(250))
    let writes = 0
    await publish(0, {
      published: {
        read: name => published.read(name),
        write: async (...args) => {
          // The first write saves the intents, the second one the first hundred events.
          if (++writes === 2) await publish(0)
          return published.write(...args)
        },
      },
    })
    expect(received).toHaveLength(250 + 100)
    expect(await publish(0)).toBe(0)
  })

  test('do not fail if one of them is overtaken at each write', async () => {
    const { watch, publish, received, published } = subscriber(folder)
    await watch(0, lost(2))
    const write = () => Promise.reject(new Conflict('published.json'))
    expect(await publish(0, { published: { ...published, write } })).toBe(2)
    expect(received).toHaveLength(2)
  })

  test('take back no higher level or end that the other has published', async () => {
    const { watch, publish, published, received } = subscriber(folder)
    await watch(0, [aCommit(2 * DAY)])
    const [id = ''] = await idsOf()
    const current = await published.read('prod')
    await published.write('prod', { schemaVersion: 1, told: { [id]: 'over' }, open: {} }, current?.version)
    expect(await publish(0)).toBe(0)
    expect((await published.read('prod'))?.state.told).toEqual({ [id]: 'over' })

    async function idsOf(): Promise<string[]> {
      await publish(0)
      return received.map(({ detail }) => ('incident' in detail ? (detail.incident ?? '') : ''))
    }
  })
})
