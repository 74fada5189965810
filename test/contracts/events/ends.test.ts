import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { WatchdogEvent } from '../../../functions/contracts/events/event.ts'
import { actedOn, type IncidentAction } from '../../../functions/core/alerts/actions.ts'
import { emptyAlertState, resolutions } from '../../../functions/core/alerts/alert-state.ts'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, gone, guarded, now, policy, reset } from '../../builders/commits.ts'
import type { ContextChanges } from '../../core/alerts/alerts.ts'
import { DAY, HOUR } from '../../core/readings.ts'
import { violations } from '../../events/schema.ts'
import { subscriber } from '../../events/subscriber.ts'

// Each way in which an incident ends closes the key that its first event opened.

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-ends-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const near = aCommit(2 * DAY)
const lost = gone(0)
const far = aCommit(20 * DAY)
const ignored = { policy: { ...policy, ignore: [{ pattern: 'app', reason: 'a test', until: undefined }] } }
const owned = {
  policy: {
    ...policy,
    routes: [{ pattern: 'app', owner: 'team-app', channel: undefined, mention: undefined }],
  },
}

interface End {
  why: string
  type: 'Offsets Recovered' | 'Incident Closed'
  first: Commit
  next: Commit[]
  later?: number
  changes?: ContextChanges
}

const recovered = 'Offsets Recovered'
const closed = 'Incident Closed'
const ends: End[] = [
  { why: 'committed-again', type: recovered, first: near, next: [aCommit(20 * DAY, { offset: 60n })] },
  {
    why: 'same-offset-committed',
    type: recovered,
    first: near,
    next: [aCommit(-HOUR, { renewedAt: now + HOUR })],
  },
  { why: 'guarded-again', type: recovered, first: near, next: [guarded(20 * DAY)] },
  { why: 'out-of-danger', type: recovered, first: near, next: [aCommit(4 * DAY)] },
  { why: 'lost', type: closed, first: near, next: [{ ...gone(-HOUR), seenAt: now, seenFrom: now }] },
  {
    why: 'topic-deleted',
    type: closed,
    first: near,
    next: [{ ...gone(-HOUR, aCommit(0), 'topic-deleted'), seenAt: now }],
  },
  { why: 'no-longer-known', type: closed, first: near, next: [] },
  { why: 'ignored', type: closed, first: near, next: [near], changes: ignored },
  { why: 'ignored', type: closed, first: lost, next: [lost], changes: ignored },
  { why: 'recovered', type: recovered, first: reset(0, far), next: [reset(0, { ...far, offset: 80n })] },
  { why: 'caught-up', type: recovered, first: reset(0, far), next: [reset(0, { ...far, offset: 95n })] },
  { why: 'no-longer-known', type: closed, first: lost, next: [] },
  { why: 'seven-days', type: closed, first: lost, next: [lost], later: 8 * DAY },
]

/** The actions on the key of one incident, in order. */
const actionsOf = (events: readonly WatchdogEvent[], key: string) =>
  events.flatMap(({ detail }) => ('key' in detail && detail.key === key ? [detail.action] : []))

const firstKey = ([event]: readonly WatchdogEvent[]): string =>
  event && 'key' in event.detail ? event.detail.key : ''

const valid = (events: readonly WatchdogEvent[]) =>
  events.flatMap(({ type, detail }) =>
    violations({
      source: 'offset-watchdog',
      'detail-type': type,
      detail: JSON.parse(JSON.stringify(detail)),
    }),
  )

test.each(ends)('an incident that ends as $why is closed once, by $type', async end => {
  const { why, type, first, next, later = HOUR, changes } = end
  const { watch, publish, received } = subscriber(folder)
  await watch(0, [first])
  await publish(0)
  const key = firstKey(received)
  for (const time of [later, later + HOUR]) {
    await watch(time, next, changes)
    await publish(time)
  }
  expect(actionsOf(received, key)).toEqual(['opened', 'closed'])
  const closing = received.find(({ detail }) => 'action' in detail && detail.action === 'closed')
  expect(closing).toMatchObject({ type, detail: { key, why, group: 'app', owner: null } })
  expect(valid(received)).toEqual([])
})

test('the table has every end of an incident', () => {
  const others = ['acknowledged', 'unknown']
  expect(new Set([...ends.map(({ why }) => why), ...others])).toEqual(new Set(resolutions))
})

describe('a person', () => {
  test('who acknowledges a deadline is named, and the deadline no longer escalates', async () => {
    const { watch, save, watcher, publish, received } = subscriber(folder)
    await watch(0, [near])
    await publish(0)
    await save(acknowledge(watcher.state, 'app', now + HOUR, 'kari').state)
    await publish(HOUR)
    await watch(44 * HOUR, [near])
    await publish(44 * HOUR)
    await watch(45 * HOUR, [aCommit(20 * DAY, { offset: 60n })])
    await publish(45 * HOUR)
    expect(actionsOf(received, firstKey(received))).toEqual(['opened', 'acknowledged', 'closed'])
    expect(received[1]).toMatchObject({
      type: 'Incident Acknowledged',
      detail: { by: 'kari', acknowledgedAt: new Date(now + HOUR).toISOString() },
    })
    expect(valid(received)).toEqual([])
  })

  test('who acknowledges a loss closes it', async () => {
    const { watch, save, watcher, publish, received } = subscriber(folder)
    await watch(0, [lost])
    await publish(0)
    await save(acknowledge(watcher.state, 'app', now + HOUR, 'kari').state)
    await publish(HOUR)
    expect(received.map(({ type }) => type)).toEqual(['Offsets Lost', 'Incident Closed'])
    expect(received[1]).toMatchObject({ detail: { why: 'acknowledged', by: 'kari', severity: 'critical' } })
    expect(valid(received)).toEqual([])
  })
})

test('a key is closed even if the run that opened the key died before it saved the opening', async () => {
  const { watch, publish, received, published } = subscriber(folder)
  await watch(0, [near])
  let writes = 0
  const dying: typeof published = {
    read: name => published.read(name),
    write: async (...args) => {
      if (++writes === 2) throw new Error('killed')
      return published.write(...args)
    },
  }
  await expect(publish(0, { published: dying })).rejects.toThrow('killed')
  const key = firstKey(received)
  await watch(HOUR, [aCommit(20 * DAY, { offset: 60n })])
  await publish(HOUR)
  await publish(HOUR)
  expect(actionsOf(received, key)).toEqual(['opened', 'closed'])
})

test('an incident that came and went while the bus was away has no event', async () => {
  const { watch, publish, received } = subscriber(folder)
  await watch(0, [near])
  await expect(publish(0, { refuses: () => true })).rejects.toThrow('not published')
  await watch(HOUR, [aCommit(20 * DAY, { offset: 60n })])
  await publish(HOUR)
  expect(received).toEqual([])
})

test('a loss that a person reopens is opened and closed again by the same key', async () => {
  const { watch, save, watcher, publish, received } = subscriber(folder)
  await watch(0, [lost])
  await publish(0)
  const key = firstKey(received)
  const click = async (hours: number, action: IncidentAction) => {
    const id = key.replace('prod/', '')
    await save(actedOn(watcher.state, id, action, { now: now + hours * HOUR, by: 'kari' }).state)
    await publish(hours * HOUR)
    await publish(hours * HOUR)
  }
  await click(1, 'acknowledge')
  await click(2, 'undo')
  await click(3, 'acknowledge')
  expect(actionsOf(received, key)).toEqual(['opened', 'closed', 'opened', 'closed'])
  expect(new Set(received.map(({ detail }) => detail.id)).size).toBe(4)
  expect(valid(received)).toEqual([])
})

test('a reset of the state closes the forgotten incident, which opens again under another key', async () => {
  const { watch, save, publish, received } = subscriber(folder)
  await watch(0, [near])
  await publish(0)
  const key = firstKey(received)
  await save(emptyAlertState('prod'))
  await watch(HOUR, [near])
  await publish(HOUR)
  await publish(HOUR)
  expect(actionsOf(received, key)).toEqual(['opened', 'closed'])
  expect(received.map(({ type }) => type)).toEqual([
    'Offsets Expiring',
    'Incident Closed',
    'Offsets Expiring',
  ])
  expect(received[1]).toMatchObject({ detail: { why: 'forgotten', group: 'app', severity: 'warning' } })
  expect(valid(received)).toEqual([])
})

describe('severity', () => {
  test.each<[severity: string, of: string, commit: Commit]>([
    ['warning', 'a deadline before its last level', near],
    ['critical', 'a deadline at its last level', aCommit(HOUR)],
    ['critical', 'a loss', lost],
    [
      'warning',
      'a stopped group with an owner',
      { ...aCommit(HOUR), kind: 'classic', rule: 'classic-empty', emptySince: null },
    ],
    ['info', 'a deadline that would lose nothing', aCommit(HOUR, { logStart: 50n, logEnd: 50n })],
  ])('is %s for %s', async (severity, _, commit) => {
    const { watch, publish, received } = subscriber(folder)
    await watch(0, [commit], owned)
    await publish(0)
    expect(received[0]).toMatchObject({ detail: { severity } })
  })
})

test('a trouble of the watchdog is opened and closed, even if no snapshot can be used', async () => {
  const { watch, publish, received } = subscriber(folder)
  await watch(0, [far], { unusable: ['the newest snapshot is damaged.'] })
  await publish(0, { snapshots: { newest: async () => undefined } })
  await watch(HOUR, [far])
  await publish(HOUR)
  await publish(HOUR)
  const key = firstKey(received)
  expect(actionsOf(received, key)).toEqual(['opened', 'closed'])
  expect(received[0]).toMatchObject({
    type: 'Watchdog Trouble',
    detail: { trouble: 'unusable', details: ['the newest snapshot is damaged.'] },
  })
  expect(valid(received)).toEqual([])
})
