import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from '@jest/globals'
import { historyView } from '../../../functions/cli/views/history.ts'
import { lookupView } from '../../../functions/cli/views/lookup.ts'
import { aboutSnapshot } from '../../../functions/cli/views/snapshot.ts'
import { statusView } from '../../../functions/cli/views/status.ts'
import { lookupCsv } from '../../../functions/contracts/lookup.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { HistoryEvent } from '../../../functions/core/recovery/group-history.ts'
import { lookUp } from '../../../functions/jobs/look-up.ts'
import { commitOf, snapshotOf } from '../../builders/snapshots.ts'
import { now, status } from '../../jobs/status-of-sample.ts'
import { day, hour, minute, sample } from '../sample.ts'

// A developer's terminal has a width, and a file has none.
process.stdout.isTTY = false

/** The expected views, to be reviewed by people: test/cli/views/fixtures/. */
const expected = (view: string) =>
  readFileSync(new URL(`fixtures/${view}.txt`, import.meta.url), 'utf8').trimEnd()

/** Removes the colours of a developer's terminal. */
const shown = stripVTControlCharacters

test('status lists deadlines by time left, then losses, then what the ages are based on', () => {
  expect(shown(statusView(status(), now, false))).toBe(expected('status'))
})

test.each([
  ['exact', { caughtUp: true, read: 10, left: 0 }, 'Ages are exact'],
  [
    'catching-up',
    { caughtUp: false, read: 1000, left: 2500 },
    '1,000 records this time, at most 2,500 left, about 3 more snapshots',
  ],
  ['observed', null, 'READ on the topic __consumer_offsets makes them exact'],
] as const)('a snapshot in %s mode says what its ages rest on', (mode, log, says) => {
  expect(aboutSnapshot({ ...snapshotOf([]).head, mode, log })).toContain(says)
})

test('status shows the most costly partition of a group whose partitions expire together', () => {
  const [log, at] = [{ logStart: 0n, logEnd: 500n }, now + hour]
  const deadline = { earliest: at, latest: at }
  const commits = [500n, 114n, 320n].map((offset, partition) =>
    commitOf({ ...log, offset, partition, deadline }),
  )
  const text = shown(statusView(status({}, snapshotOf(commits)), now, false))
  expect(text).toContain('team.orders-1 +2')
  expect(text).toContain('reads ≤ 114 again, or skips ≤ 386')
  expect(text).toContain('Each line shows the partition of a group that expires first')
})

test('status always shows offsets that the next start would reset, however far their deadline is', () => {
  const left = (ms: number) => ({ deadline: { earliest: now + ms, latest: now + ms } })
  const log = { logStart: 50n, logEnd: 100n, offset: 70n, ...left(6 * day) }
  const commits = [
    commitOf({ ...log, group: 'a-far' }),
    commitOf({ ...log, group: 'b-below', offset: 5n }),
    commitOf({ ...log, group: 'c-near', ...left(hour) }),
    commitOf({ ...log, group: 'd-beyond', offset: 500n }),
    commitOf({ ...log, group: 'e-beyond', offset: 500n, ...left(hour) }),
    commitOf({ ...log, group: 'f-stopped', offset: 500n, kind: 'classic', rule: 'classic-empty' }),
  ]
  const text = shown(statusView(status({}, snapshotOf(commits)), now, false))
  expect(text.match(/^.+? {2,}[a-f]-\w+/gm)).toEqual([
    'beyond log  d-beyond',
    'beyond log  e-beyond',
    'last        c-near',
    'below log   b-below',
    'beyond log  f-stopped',
    'ok          a-far',
  ])
})

test('status --ignored shows each ignored group, the reason and the end', () => {
  expect(shown(statusView(status({ ignored: true }), now, true))).toBe(expected('status-ignored'))
})

test('status of a snapshot with gaps', () => {
  const message = 'broker 3 (kafka-3:9093) refuses the connection.\u001b[2J'
  const problems = Array.from({ length: 12 }, () => ({
    scope: { broker: 3 },
    code: 'unreachable' as const,
    message,
  }))
  const retention = [
    { broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' as const },
    { broker: 2, retention: 604_800_000, sweep: 600_000, source: 'broker' as const },
    { broker: 3, retention: null, sweep: 600_000, source: 'settings' as const },
  ]
  const snapshot = sample(now, { complete: false, problems, retention })
  expect(shown(statusView(status({ level: 'last', group: 'quiet' }, snapshot), now, false))).toBe(
    expected('status-with-gaps'),
  )
})

const find = (group: string) => {
  const { head, commits } = sample(now)
  const own = CommitTable.from([...commits].filter(commit => commit.group === group))
  const snapshots = {
    at: async () => undefined,
    readGroup: async () => ({ head, commits: own }),
    async *heads() {},
  }
  return lookUp({ clusters: ['prod'], group, topic: undefined, at: undefined, snapshots })
}

test('lookup prints a line for each partition, including lost ones', async () => {
  expect(lookupView(await find('audit'), null, now)).toBe(expected('lookup-gone'))
})

test('lookup and status show the owner, or the last member of the group', async () => {
  const lastMember = { clientId: 'billing-3', host: '10.1.2.3', seenAt: now - 4 * day }
  const hint = 'last member: client billing-3 on 10.1.2.3, 4 d ago'
  const found = { ...(await find('audit')), lastMember }
  expect(lookupView(found, null, now)).toContain(` · ${hint}\n`)
  expect(lookupView(found, 'team-audit', now)).toContain(' · owner team-audit\n')

  const shown = statusView(
    status({}, snapshotOf([commitOf({ lastMember }), commitOf({ group: 'x' })])),
    now,
    false,
  )
  expect(shown).toMatch(new RegExp(`IF LOST +OWNER\n.* ${hint}\n`))
})

test('lookup of a group that was reset', async () => {
  expect(lookupView(await find('shipping'), null, now)).toBe(expected('lookup-reset'))
})

test('lookup --history shows the last commits, then the events, oldest first', async () => {
  const found = await find('audit')
  const at = (ago: number) => now - ago * minute
  const key = { topic: 'team.audit', partition: 0 }
  const move = {
    topic: 'team.many',
    kind: 'moved',
    after: at(50),
    by: at(40),
    from: 10n,
    offset: 35n,
  } as const
  const events: HistoryEvent[] = [
    { ...key, kind: 'first-seen', after: null, by: at(90), offset: 700n },
    { ...key, kind: 'moved', after: at(80), by: at(70), from: 700n, offset: 777n },
    ...[0, 1, 2, 3, 4].map(partition => ({ ...move, partition })),
    { ...key, kind: 'gone', after: at(30), by: at(20), offset: 777n, reason: 'unknown' },
    { ...key, kind: 'reset', after: at(30), by: at(10), from: 777n, offset: 500n, reason: 'unknown' },
    { ...key, kind: 'moved', after: at(10), by: at(5), from: 500n, offset: 499n },
  ]
  const readings = Array.from({ length: 12 }, () => ({
    clusterId: 'k',
    takenAt: now,
    finishedAt: now,
    rows: [],
  }))
  const history = {
    events,
    readings,
    snapshots: 40,
    every: 3 * 3_600_000,
    complete: false,
    predecessor: null,
  }
  expect(historyView(found, history, now)).toBe(expected('lookup-history'))
  expect(historyView(found, { ...history, every: 0, complete: true, predecessor: 'old' }, now)).toMatch(
    /\nRead 12 of 40 snapshots: every snapshot that shows a change\. Before that, another cluster had this name, with the id old: [^\n]*$/,
  )
})

test('lookup of a group with a deleted topic shows nothing of another topic’s log', async () => {
  const found = await find('audit')
  const offsets = found.offsets.filter(({ reason }) => reason === 'topic-deleted')
  expect(lookupView({ ...found, offsets }, null, now)).toBe(expected('lookup-topic-deleted'))
})

test('lookup of deleted records prints a command that handles them', async () => {
  const found = await find('audit')
  const impact = { kind: 'below-log-start', missing: 45n, available: 7n } as const
  const [lost] = found.offsets
  if (!lost) throw new Error('nothing is known of the group')
  const deleted = { ...lost, impact }
  const shown = lookupView({ ...found, offsets: [lost, deleted] }, null, now)
  expect(shown).toContain('no, at most 45 records deleted')
  expect(shown).toContain('  offset-watchdog restore --cluster=prod --below-start=earliest -- audit')

  const alone = lookupView({ ...found, offsets: [deleted] }, null, now)
  expect(alone).toContain(
    'Recommended: earliest. Start the consumers with auto.offset.reset=earliest; there is nothing to restore.',
  )
  expect(alone).not.toContain('offset-watchdog restore')
})

test('lookup --csv prints what kafka-consumer-groups reads, without deleted topics', async () => {
  expect(lookupCsv(await find('audit'))).toBe('team.audit,0,777\nteam.kept,0,42\n')
})

test('status shows which groups are silent, until when, why, and at whose command', () => {
  const silence = {
    id: 'x',
    pattern: 'payments-*',
    from: now,
    until: now + day,
    reason: 'migration',
    by: 'ada',
    leftOut: [],
  }
  const silences = [silence, { ...silence, pattern: '*', until: now + hour, reason: 'upgrade', by: null }]
  expect(shown(statusView({ ...status(), silences }, now, false))).toContain(`
SILENT EXCEPT LOSSES  UNTIL (UTC)       REASON     BY
payments-*            Mon 23 Nov 16:00  migration  ada
*                     Sun 22 Nov 17:00  upgrade    the settings
`)
})
