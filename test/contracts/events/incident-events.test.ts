import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import { alertmanagerAlertOf } from '../../../functions/contracts/events/alertmanager-alert.ts'
import type { WatchdogEvent } from '../../../functions/contracts/events/event.ts'
import { snapshotEvents } from '../../../functions/contracts/events/snapshot-events.ts'
import type { Problem } from '../../../functions/core/model/commit.ts'
import { type NewAction, newAction } from '../../../functions/jobs/record-actions.ts'
import { actionStore } from '../../../functions/store/actions.ts'
import { folderStore } from '../../../functions/store/objects/folder.ts'
import { aCommit, gone, guarded, now, policy, unreadOf } from '../../builders/commits.ts'
import { snapshotOf } from '../../builders/snapshots.ts'
import { DAY, HOUR } from '../../core/readings.ts'
import { violations } from '../../events/schema.ts'
import { subscriber } from '../../events/subscriber.ts'

const asReceived = ({ type, detail }: WatchdogEvent) => ({
  source: 'offset-watchdog',
  'detail-type': type,
  detail: JSON.parse(JSON.stringify(detail)),
})

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-events-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const inShort = ({ type, detail }: WatchdogEvent) => `${type} ${detail.id.replace(/^[0-9a-f]{12}-/, '')}`

describe('subscribers to incidents receive', () => {
  test('each level once, and the recovery', async () => {
    const { see } = subscriber(folder)
    const events = [
      ...(await see(0, [aCommit(2 * DAY)])),
      ...(await see(HOUR, [aCommit(2 * DAY)])),
      ...(await see(DAY + HOUR, [aCommit(2 * DAY)])),
      ...(await see(DAY + 2 * HOUR, [aCommit(8 * DAY, { offset: 60n })])),
      ...(await see(DAY + 3 * HOUR, [aCommit(8 * DAY, { offset: 60n })])),
    ]
    expect(events.map(inShort)).toEqual([
      'Offsets Expiring first',
      'Offsets Expiring second',
      'Offsets Recovered recovered',
    ])
    expect(events.flatMap(event => violations(asReceived(event)))).toEqual([])
    expect(events[0]).toMatchObject({
      detail: {
        group: 'app',
        level: 'first',
        partitionCount: 1,
        partitions: [{ topic: 'orders', partition: 0, offset: '50' }],
      },
    })
  })

  test('each level of unread records once, their loss, and that the group has caught up', async () => {
    const { see } = subscriber(folder)
    const unread = guarded(7 * DAY, { unread: unreadOf(2 * DAY, { atMost: 2n ** 60n }) })
    const lostRecords = { atMost: 7n, upTo: 57n, lastAt: now + 2 * DAY }
    const lost = guarded(9 * DAY, { logStart: 57n, lostRecords })
    const steps = [
      [0, unread],
      [HOUR, unread],
      [2 * HOUR, unread],
      [3 * HOUR, unread],
      [DAY, unread],
      [2 * DAY, lost],
      [2 * DAY + HOUR, { ...lost, offset: 57n }],
      [2 * DAY + 4 * HOUR, { ...lost, offset: 57n }],
      [2 * DAY + 5 * HOUR, { ...lost, offset: 57n }],
    ] as const
    const events: WatchdogEvent[] = []
    for (const [later, commit] of steps) events.push(...(await see(later, [commit])))
    expect(events.map(inShort)).toEqual([
      'Records Expiring first',
      'Records Expiring second',
      'Incident Closed closed',
      'Records Lost lost',
      'Records Safe safe',
    ])
    expect(events.flatMap(event => violations(asReceived(event)))).toEqual([])
    const place = { topic: 'orders', partition: 0, offset: '50' }
    expect(events.map(({ detail }) => detail)).toMatchObject([
      {
        level: 'first',
        partitions: [{ ...place, unreadAtMost: '1152921504606846976', retentionMs: 7 * DAY }],
      },
      { level: 'second', partitionCount: 1, severity: 'warning', kind: 'deadline', atRisk: 'records' },
      { why: 'lost', atRisk: 'records' },
      { severity: 'critical', lostAtMost: '7', partitions: [{ ...place, lostAtMost: '7' }] },
      { kind: 'loss', why: 'caught-up', partitions: [{ ...place, offset: '57' }] },
    ])
  })

  test('never-committed partitions, and that the group has committed', async () => {
    const { watch, publish, received } = subscriber(folder)
    const entry = { group: 'app', topic: 'orders', partitions: [0, 4], since: now - DAY }
    const changes = { policy: { ...policy, neverCommittedAlerts: ['app'] }, neverCommitted: [entry] }
    await watch(0, [], changes)
    await publish(0)
    const committed = guarded(20 * DAY, { firstSeenAt: now + HOUR })
    await watch(HOUR, [committed], { ...changes, neverCommitted: [] })
    await publish(HOUR)
    expect(received.map(inShort)).toEqual(['Never Committed never-committed', 'Offsets Recovered recovered'])
    const since = new Date(now - DAY).toISOString()
    const places = [0, 4].map(partition => ({ topic: 'orders', partition, since }))
    expect(received[0]?.detail).toMatchObject({
      kind: 'never-committed',
      severity: 'warning',
      partitions: places,
    })
    expect(received[1]?.detail).toMatchObject({ kind: 'never-committed', why: 'committed-again' })
    expect(received.flatMap(event => violations(asReceived(event)))).toEqual([])
    const [opened] = received
    expect(opened && alertmanagerAlertOf(opened, undefined)?.annotations.summary).toBe(
      'Group "app" on cluster prod reads 2 partitions without any committed offset: auto.offset.reset decides where the next start begins.',
    )
  })

  test('lost offsets, with their values', async () => {
    const { see } = subscriber(folder)
    const events = await see(0, [gone(HOUR, aCommit(0))])
    expect(events.map(inShort)).toEqual(['Offsets Lost lost'])
    expect(events.flatMap(event => violations(asReceived(event)))).toEqual([])
    expect(events[0]).toMatchObject({
      detail: {
        partitions: [
          {
            topic: 'orders',
            partition: 0,
            offset: '50',
            lastSeenAt: new Date(now - 2 * HOUR).toISOString(),
            outcome: 'gone',
          },
        ],
      },
    })
  })

  test('a deadline without a level, with an id that says so', async () => {
    const { see } = subscriber(folder)
    const [event] = await see(0, [aCommit(30 * DAY, { offset: 101n })])
    expect(event && inShort(event)).toBe('Offsets Expiring beyond-log-end')
    expect(violations(event && asReceived(event))).toEqual([])
  })

  test('the first 100 partitions, and the number of all', async () => {
    const { see } = subscriber(folder)
    const commits = Array.from({ length: 150 }, (_, partition) => aCommit(2 * DAY, { partition }))
    const [event] = await see(0, commits)
    expect(event?.detail).toMatchObject({ partitionCount: 150, partitions: { length: 100 } })
  })
})

describe('one event for each action of a person', () => {
  const kari = { id: 'U1', name: 'kari', team: 'T0123' }
  const before = { acknowledgedAt: null, acknowledgedBy: null, closed: null }
  const acknowledged = { ...before, acknowledgedAt: now, acknowledgedBy: 'kari' }
  const silenced = { pattern: 'app', until: now + 30 * DAY }
  const done = { by: kari, incident: '7c1f09ab52e4', group: 'app', reason: null, outcome: 'done' } as const
  const atTerminal = { by: { id: null, name: 'ada', team: null }, incident: null } as const

  test.each<[what: string, action: Omit<NewAction, 'cluster' | 'at'>]>([
    ['Acknowledge', { ...done, action: 'acknowledge', before, after: acknowledged }],
    ['Undo', { ...done, action: 'undo', before: acknowledged, after: before }],
    ['the form of Ignore…', { ...done, action: 'ignore', reason: 'a test', before: null, after: silenced }],
    [
      'the form after the end of the incident',
      { ...done, action: 'ignore', outcome: 'closed', before: null, after: null },
    ],
    ['unignore', { ...done, ...atTerminal, action: 'unignore', before: silenced, after: null }],
    [
      'the mute of a pattern',
      { ...done, ...atTerminal, action: 'mute', group: null, before: null, after: silenced },
    ],
  ])('%s', async (_, action) => {
    const { watch, publish, received } = subscriber(folder)
    await watch(0, [])
    await actionStore(folderStore(folder)).record(newAction({ ...action, cluster: 'prod', at: now }))
    expect(await publish(0)).toBe(1)
    expect(await publish(HOUR)).toBe(0)
    const { by, action: did, ...rest } = action
    expect(received).toMatchObject([
      { type: 'Action Taken', detail: { ...rest, did, person: by, at: new Date(now).toISOString() } },
    ])
    expect(received.flatMap(event => violations(asReceived(event)))).toEqual([])
  })
})

describe('subscribers to snapshots receive', () => {
  test('that a snapshot was taken', () => {
    const events = snapshotEvents(snapshotOf([]).head)
    expect(events.map(({ type }) => type)).toEqual(['Snapshot Taken'])
    expect(events.flatMap(event => violations(asReceived(event)))).toEqual([])
  })

  test('that a snapshot is incomplete, even if the problems are many and long', () => {
    const problem: Problem = {
      scope: { group: 'g'.repeat(32_000) },
      code: 'timed-out',
      message: 'm'.repeat(32_000),
    }
    const { head } = snapshotOf([], { complete: false, problems: Array(5_000).fill(problem) })
    const events = snapshotEvents(head)
    expect(events.map(({ type }) => type)).toEqual(['Snapshot Taken', 'Snapshot Incomplete'])
    expect(events.flatMap(event => violations(asReceived(event)))).toEqual([])
    expect(events[1]?.detail).toMatchObject({ problemCount: 5_000, problems: { length: 100 } })
    expect(JSON.stringify(events[1]).length).toBeLessThan(100 * 1024)
  })
})

test('the examples of docs/events.md match the schema', () => {
  const page = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json))
  expect(examples.map(example => example['detail-type'])).toEqual([
    'Snapshot Taken',
    'Snapshot Incomplete',
    'Offsets Expiring',
    'Offsets Lost',
    'Offsets Recovered',
    'Records Expiring',
    'Records Lost',
    'Records Safe',
    'Incident Acknowledged',
    'Incident Closed',
    'Watchdog Trouble',
  ])
  expect(examples.flatMap(violations)).toEqual([])
})
