import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import type { SnapshotHead } from '../../functions/core/snapshot.ts'
import type { SnapshotOptions } from '../../functions/wiring/snapshot.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { snapshotsOf } from '../../functions/wiring/store.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { run } from '../brokers/java.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import { until } from '../brokers/until.ts'
import { type SlowNetwork, slowNetwork } from './slow-network.ts'

// Faults during a snapshot of many groups. The snapshot ends within its deadline, is complete or gives a reason, and
// calls nothing gone. `npm run faults` has ten times the groups, and silences a broker in every phase of the reading.

const isLong = process.env.FAULTS === 'long'

/** The time-out of the snapshot function in ms; infra/functions.yml. */
const DEADLINE = 300_000

const partitions = [0, 1, 2, 3, 4]
const groups = Array.from({ length: isLong ? 5000 : 500 }, (_, i) => `group-${i}`)
const rows = groups.length * partitions.length

const load = async (bootstrap: readonly string[]) => {
  await createTopic(bootstrap, 'orders', { partitions: partitions.length, records: 1 })
  const offsets = partitions.map(partition => ({ topic: 'orders', partition, offset: 1n }))
  await commitRaw(
    bootstrap,
    groups.map(group => ({ group, offsets })),
  )
}

/** Takes snapshots into its own store. */
async function watchdog(bootstrap: readonly string[]) {
  const store = await mkdtemp(join(tmpdir(), 'faults-'))
  const settings = readSettings({ KAFKA_BROKERS: bootstrap.join(), WATCHDOG_STORE: store }, () => '')
  const [cluster] = settings.clusters
  if (!cluster) throw new Error('there is no cluster in the settings')

  return {
    async snapshot(options: SnapshotOptions = {}): Promise<SnapshotHead> {
      const signal = AbortSignal.timeout(DEADLINE)
      const head = await snapshotCluster(settings, cluster, { signal, ...options })
      const stored = await snapshotsOf(settings).newest(cluster.name)
      expect(stored?.head.takenAt).toBe(head.takenAt)
      return head
    },
    [Symbol.asyncDispose]: () => rm(store, { recursive: true }),
  }
}

/** Calls `happens` once, at the first progress of a phase. */
function when(phase: string, happens: () => void): SnapshotOptions {
  let isOver = false
  return {
    progress(now) {
      if (now === phase && !isOver) happens()
      isOver ||= now === phase
    },
  }
}

describe('a broker', () => {
  let network: SlowNetwork
  let kafka: Kafka

  beforeAll(async () => {
    network = await slowNetwork()
    kafka = await startKafka({
      retentionMinutes: 600,
      properties: { 'advertised.listeners': `PLAINTEXT://${network.address}` },
    })
    network.broker = kafka.bootstrap[0] ?? ''
    await load([network.address])
  })
  afterAll(async () => {
    await network?.[Symbol.asyncDispose]()
    await kafka?.close()
  })

  test('that answers every request late is read to the end', async () => {
    await using dog = await watchdog([network.address])
    network.delay = 300
    const head = await dog.snapshot()
    network.delay = 0
    expect(head).toMatchObject({ complete: true, problems: [], counts: { commits: rows, gone: 0 } })
  })

  test(
    'that throttles its client is read to the end',
    async () => {
      await using dog = await watchdog([network.address])
      await quota(kafka, '--add-config', 'request_percentage=0.1')
      // The broker applies the quota a moment later. When a client is then over its quota, the broker reads nothing
      // from the client's connection for up to a second (KIP-219, quota.window.size.seconds).
      const times: number[] = []
      for (let run = 0; run < 20 && !times.some(ms => ms > 1000); run++) {
        const started = performance.now()
        const head = await dog.snapshot()
        times.push(performance.now() - started)
        expect(head).toMatchObject({ complete: true, problems: [], counts: { commits: rows, gone: 0 } })
      }
      await quota(kafka, '--delete-config', 'request_percentage')
      expect(Math.max(...times)).toBeGreaterThan(1000)
    },
    DEADLINE,
  )

  // Silence after the listing costs all offsets; silence in a later phase costs less.
  test.each(isLong ? ['brokers', 'offsets', 'groups', 'logs'] : ['brokers'])(
    'that falls silent after the first progress with %s is given up, and known offsets are kept',
    async phase => {
      await using dog = await watchdog([network.address])
      await dog.snapshot()
      const silence = when(phase, () => {
        network.delay = Infinity
      })
      const head = await dog.snapshot(silence)
      network.delay = 0
      expect(head.counts).toMatchObject({ commits: rows, gone: 0 })
      expect(head.problems).toContainEqual(
        expect.objectContaining({ code: 'timed-out', message: expect.stringContaining('broker 1') }),
      )
      if (phase === 'brokers') expect(head.complete).toBe(false)
      expect(await dog.snapshot()).toMatchObject({ complete: true, counts: { commits: rows, gone: 0 } })
    },
    DEADLINE,
  )
})

test('a broker that is killed during the snapshot is reported, and the others are read', async () => {
  await using kafka = await startKafka({ brokers: 3, retentionMinutes: 600 })
  await load(kafka.bootstrap)
  await using dog = await watchdog(kafka.bootstrap)
  expect(await dog.snapshot()).toMatchObject({ complete: true, counts: { commits: rows } })

  const [, , victim] = kafka.nodes
  const phasesAfter = new Set<string>()
  // If the broker dies only after the last offsets were read, this tests nothing, and the broker has to die again.
  while (!phasesAfter.has('offsets')) {
    await victim?.start()
    await until(async () => (await dog.snapshot()).complete)
    let isDead = false
    const kill = () => void victim?.kill().then(() => (isDead = true))
    const { progress } = when('brokers', kill)
    const head = await dog.snapshot({
      progress(...args) {
        if (isDead) phasesAfter.add(args[0])
        progress?.(...args)
      },
    })
    expect(head.counts).toMatchObject({ commits: rows, gone: 0 })
    expect(head.complete || head.problems.some(({ scope }) => scope.broker === victim?.id)).toBe(true)
  }
})

async function quota(kafka: Kafka, ...config: string[]): Promise<void> {
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...(await clientsClasspath())]
  const client = ['--entity-type', 'clients', '--entity-name', 'offset-watchdog']
  const tool = [
    'org.apache.kafka.tools.ConfigCommand',
    '--bootstrap-server',
    kafka.bootstrap.join(),
    '--alter',
  ]
  await run('java', [...options, ...tool, ...client, ...config])
}
