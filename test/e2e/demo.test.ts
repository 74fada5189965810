import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Snapshot } from '../../functions/core/snapshot.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { consumerGroups } from '../brokers/clients/consumer-groups.ts'
import { run } from '../cli/run.ts'
import { placeOf, shipments } from '../demo/cast.ts'
import { type Facts, tell } from '../demo/story.ts'
import type { Vanishing } from '../demo/truth.ts'
import { startSlack } from '../slack/server.ts'

// Runs the story of the demo, and compares it with what another client saw of Kafka meanwhile.

interface Said {
  /** The time when Slack got the message, ms since the epoch. */
  at: number
  text: string
  /** The blocks below the first line, as JSON. */
  body: string
  /** The message's id, which stays the same after edits. */
  ts: string
  isEdit: boolean
}

let folder: string
let facts: Facts
let environment: NodeJS.ProcessEnv
const said: Said[] = []
/** The output of the restore: the dry run, and the execution. */
const restored: { code: number | null; stdout: string }[] = []
/** The output of Kafka's own tool for the offsets of lookup, while the broker ran. */
let dryRun: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-e2e-'))
  const slack = await startSlack({
    onMessage: ({ text, attachments, ts, edits }) => {
      const body = JSON.stringify(attachments)
      said.push({ at: Date.now(), text, body, ts, isEdit: edits.length > 0 })
    },
  })
  const audience = {
    chapter() {},
    say() {},
    waiting() {},
    async lookUp(settings: NodeJS.ProcessEnv) {
      environment = settings
      const { clusters } = JSON.parse(await readFile(String(settings.WATCHDOG_CONFIG), 'utf8'))
      const file = join(folder, 'offsets.csv')
      await writeFile(file, (await offsetWatchdog('lookup', 'billing', '--csv')).stdout)
      const reset = ['--reset-offsets', '--group', 'billing', '--from-file', file, '--dry-run']
      dryRun = await consumerGroups(clusters[0].kafka.brokers, ...reset)
    },
    async restore() {
      restored.push(await offsetWatchdog('restore', 'billing', '--json'))
      restored.push(await offsetWatchdog('restore', 'billing', '--json', '--execute', '--yes'))
    },
  }
  const channel = {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
    SLACK_CHANNEL: '#kafka',
    SLACK_MENTION: '<!here>',
  }
  try {
    facts = await tell(audience, { folder, slack: channel, signal: new AbortController().signal })
  } finally {
    await slack.stop()
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const offsetWatchdog = (...args: string[]) => run(args, environment)

const about = (group: string, what: string) =>
  said.filter(({ text }) => text.includes(`\`${group}\``) && text.includes(what))

function vanishing(group: string): Vanishing {
  const seen = facts.vanished.get(group)
  if (seen === undefined) throw new Error(`nobody watched ${group}`)
  return seen
}

async function snapshots(): Promise<Snapshot[]> {
  const store = snapshotStore(openStore(facts.settings.store))
  const taken: Snapshot[] = []
  const onSkipped = ({ message }: { message: string }) => {
    throw new Error(message)
  }
  for await (const head of store.heads('demo', 0, Infinity, { onSkipped })) {
    const snapshot = await store.at('demo', head.takenAt, { onSkipped })
    if (snapshot) taken.push(snapshot)
  }
  return taken
}

const losing = ['billing', 'ledger', 'report']
const running = ['orders', 'parcels', 'pricing']

test("the broker deletes billing's offset no earlier than a minute after its last commit, although billing runs", () => {
  expect(vanishing('billing').missingAt - facts.lastCommitAt).toBeGreaterThanOrEqual(60_000)
})

describe('before the broker deletes', () => {
  test.each(losing)('a warning is posted for %s', group => {
    const [first] = about(group, 'may lose 1 committed offset')
    expect(first?.isEdit).toBe(false)
    expect(first?.at).toBeLessThan(vanishing(group).lastSeenAt)
  })

  test.each(losing)('the warning for %s has the right deadline', group => {
    const [first] = about(group, 'may lose 1 committed offset')
    const named = Number(/<!date\^(\d+)\^/.exec(first?.text ?? '')?.[1]) * 1000
    // It has whole seconds. All three groups began to age after the first snapshot.
    expect(named).toBeGreaterThan(facts.firstLookAt + 60_000 - 1000)
    expect(named).toBeLessThan(vanishing(group).missingAt)
  })

  test('somebody is mentioned for the running groups, and nobody for the stopped one', () => {
    for (const group of ['billing', 'ledger']) {
      const [call] = about(group, 'Last call: ')
      expect(call).toMatchObject({ isEdit: false, text: expect.stringContaining('<!here>') })
      expect(call?.at).toBeLessThan(vanishing(group).lastSeenAt)
    }
    expect(about('report', '<!here>')).toEqual([])
  })

  test.each(losing)('no loss of %s is posted too early', group => {
    const tooEarly = about(group, 'lost').filter(({ at }) => at < vanishing(group).lastSeenAt)
    expect(tooEarly).toEqual([])
  })
})

test('running groups that commit or have members never get a warning or a loss', () => {
  for (const group of running) expect(about(group, 'lose').concat(about(group, 'lost'))).toEqual([])
})

test("billing's loss is posted with its last offset, and becomes a reset after its next commit", async () => {
  const losses = about('billing', 'has lost 1 committed offset')
  // The message, its edit, and the reply that announces the edit.
  expect(losses.map(({ isEdit }) => isEdit)).toEqual([false, true, false])
  const [loss, reset] = losses
  expect(loss?.text).toContain('<!here>')
  expect(loss?.body).toContain('`billing.invoices` 0: *20*')
  expect(reset).toMatchObject({ ts: loss?.ts, text: expect.stringContaining('has committed again since') })
  expect(reset?.body).toContain('now 5: set back by at most 15 records')
  expect(facts.resetTo).toBe(5n)
})

test("billing's restore is planned, done and read back, and billing continues with the next record", () => {
  const [planned, done] = restored.map(({ code, stdout }) => ({ code, ...JSON.parse(stdout) }))
  const plan = [{ ...placeOf.billing, now: '5', target: '20', difference: '15', verdict: 'restore' }]
  expect(planned).toMatchObject({ code: 0, plan, result: null })
  const partitions = [{ ...placeOf.billing, offset: '20', outcome: 'restored', found: '20' }]
  expect(done).toMatchObject({ code: 0, plan, result: { partitions } })
  expect(facts.resumedAt).toBe(20n)
  expect(facts.committed.get('billing')).toBe(21n)
})

test("billing's loss is closed when its offset is back", () => {
  const closed = about('billing', 'is back at the offsets it had before the loss')
  expect(closed.map(({ isEdit }) => isEdit)).toEqual([true, false])
})

describe("shipping's unread records", () => {
  const unread = shipments.records - shipments.read

  test('are at risk: the message has both bounds of the deletion, and escalates', () => {
    const [first, ...later] = about(
      'shipping',
      `has at most ${unread} unread records, and Kafka begins to delete`,
    )
    expect(first?.isEdit).toBe(false)
    expect(first?.text).toMatch(
      /between \d+ seconds and (\d+ seconds|1 minute.*) from now \(it deletes whole segments\)/,
    )
    expect(first?.body).toContain('--entity-name shop.shipments --add-config retention.ms=86460000')
    expect(
      about('shipping', 'has not read').every(({ text }) => text.includes(`at most ${unread} records`)),
    ).toBe(true)
    const calls = later.filter(({ text }) => text.includes('Last call: '))
    expect(calls).toMatchObject([{ isEdit: false, text: expect.stringContaining('<!here>') }])
  })

  test('are lost: one message has their largest possible number, and the warning is closed', () => {
    const [loss, ...later] = about('shipping', `has lost at most ${unread} unread records`)
    expect(loss).toMatchObject({ isEdit: false, text: expect.stringContaining('<!here>') })
    expect(later.map(({ text }) => text).join()).not.toContain('<!here>')
    const over = about('shipping', 'Closed: `shipping` on `demo` has lost unread records')
    expect(over.map(({ isEdit }) => isEdit)).toEqual([true, false])
    expect(facts.wentOnAt).toBe(BigInt(shipments.records))
  })

  test('are settled when the group has been above the log start for two intervals', () => {
    const closed = about('shipping', 'Closed: `shipping` on `demo` has caught up')
    expect(closed.map(({ isEdit }) => isEdit)).toEqual([true, false])
  })

  test("do not affect shipping's offset, which its members protect", () => {
    expect(about('shipping', 'may lose').concat(about('shipping', 'committed offset'))).toEqual([])
    expect(facts.committed.get('shipping')).toBe(facts.wentOnAt + 1n)
  })
})

describe('the command line at the end', () => {
  test('status --json has the offsets that the other client sees, and billing’s offset before the loss', async () => {
    const { code, stdout } = await offsetWatchdog('status', '--json')
    expect(code).toBe(0)
    const [cluster] = JSON.parse(stdout).clusters
    const offsets = cluster.commits.map(({ group, offset }: Row) => [group, BigInt(offset)])
    expect(offsets).toEqual([...facts.committed].filter(([, offset]) => offset !== undefined))
    expect(cluster.gone).toMatchObject([{ group: 'report', offset: '12', reason: 'expired' }])
    expect(facts.committed.get('report')).toBeUndefined()

    const billing = cluster.commits.find(({ group }: Row) => group === 'billing')
    expect(billing.before).toMatchObject({ offset: '20', reason: 'expired' })
  })

  test.each([
    ['billing', 'committed', '21'],
    ['ledger', 'reset', '7'],
    ['report', 'gone', '12'],
    ['parcels', 'committed', '9'],
  ])('lookup %s: %s, %s', async (group, status, offset) => {
    const { stdout } = await offsetWatchdog('lookup', group, '--json')
    expect(JSON.parse(stdout).partitions).toMatchObject([{ status, offset }])
  })

  test('lookup --csv prints what kafka-consumer-groups needs to bring the offset back', () => {
    expect(dryRun).toMatch(/billing +billing\.invoices +0 +20\s/)
  })

  test('status --check finds the losses', async () => {
    const { code, stdout } = await offsetWatchdog('status', '--check', '--max-age', '10m', '--json')
    expect(code).toBe(1)
    const [{ commits, gone }] = JSON.parse(stdout).clusters
    const found = [...commits, ...gone].map(({ group }: Row) => group)
    // Deadlines keep coming nearer after the last commits, so other groups may follow.
    expect(found).toEqual(expect.arrayContaining(['ledger', 'report']))
    expect(found).not.toContain('parcels')
  })
})

interface Row {
  group: string
  offset: string
}

describe('every snapshot on disk', () => {
  test('is complete, and has no offset gone that another client still saw', async () => {
    const taken = await snapshots()
    expect(taken).toHaveLength(facts.looks)
    for (const { head, commits } of taken) {
      expect(head).toMatchObject({ complete: true, problems: [] })
      for (const { group, gone } of commits) {
        if (gone === null) continue
        expect(losing).toContain(group)
        expect(head.finishedAt).toBeGreaterThan(vanishing(group).lastSeenAt)
      }
    }
  })

  test('matches the hashes of its manifest', async () => {
    const files = (await readdir(facts.settings.store, { recursive: true })).sort()
    const manifests = files.filter(file => /^manifests.*\.json$/.test(file))
    expect(manifests).toHaveLength(facts.looks)

    for (const file of manifests) {
      const { rowGroups, footer } = JSON.parse(await readFile(join(facts.settings.store, file), 'utf8'))
      const parquet = file.replace(/^manifests/, 'snapshots').replace(/json$/, 'parquet')
      const bytes = await readFile(join(facts.settings.store, parquet))
      for (const { offset, length, sha256 } of [...rowGroups, footer]) {
        const part = bytes.subarray(offset, offset + length)
        expect(createHash('sha256').update(part).digest('hex')).toBe(sha256)
      }
    }
  })
})
