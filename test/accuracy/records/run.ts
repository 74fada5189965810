import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkaJs, { type Admin, type Producer } from 'kafkajs'
import { table } from '../../../functions/cli/views/table.ts'
import { readSettings } from '../../../functions/config/settings.ts'
import { assessGroup } from '../../../functions/core/policy.ts'
import { snapshotCluster } from '../../../functions/wiring/snapshot.ts'
import { snapshotsOf } from '../../../functions/wiring/store.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { kafkajs } from '../../brokers/clients/kafkajs.ts'
import { configureTopic, createTopic, deleteRecords } from '../../brokers/clients/topics.ts'
import type { Span } from '../history.ts'
import { defaults, type RecordsRow, type RecordsStage } from './rows.ts'
import { judgeRecords, type RecordsReading } from './verdict.ts'

/** s after the start of the play. */
const END = 60
/** ms between two snapshots. */
const INTERVAL = 2000
const POLL = 200

/**
 * Plays all rows at once on a broker that deletes old segments every second, and judges the snapshots.
 * @returns a table, and the rows that do not hold, with the reason
 */
export async function runRecords(rows: readonly RecordsRow[]): Promise<{ text: string; failed: string[] }> {
  await using open = new AsyncDisposableStack()
  const kafka = open.use(
    await startKafka({
      retentionMinutes: 60,
      properties: {
        'log.retention.check.interval.ms': 1000,
        'log.initial.task.delay.ms': 1000,
        'log.cleaner.backoff.ms': 1000,
        'transaction.state.log.num.partitions': 4,
      },
    }),
  )
  const { bootstrap } = kafka
  for (const { name, configs } of rows) {
    await createTopic(bootstrap, name)
    await configureTopic(bootstrap, name, { ...defaults, ...configs })
  }
  const producer = kafkajs(bootstrap).producer({ idempotent: true })
  const admin = kafkajs(bootstrap).admin()
  await Promise.all([producer.connect(), admin.connect()])
  open.defer(async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])))

  const startedAt = Date.now()
  const over = new AbortController()
  const starts = new Map(rows.map(({ name }) => [name, [] as LogStart[]]))
  const [watching, witnessing] = [watch(kafka, over.signal), witness(admin, starts, over.signal)]
  const offsets = new Map<string, bigint>()
  try {
    await Promise.all(rows.map(row => row.play(stageOf(row, { kafka, producer, startedAt, offsets }))))
    await sleep(Math.max(0, startedAt + END * 1000 - Date.now()))
  } finally {
    over.abort()
  }
  const readings = await watching
  await witnessing

  const failed: string[] = []
  const cells = rows.map(row => {
    const offset = offsets.get(row.name) ?? 0n
    const moves = starts.get(row.name) ?? []
    const went = row.isSilent ? undefined : moves.find(({ start }) => start > offset)
    const missing = (moves.at(-1)?.start ?? 0n) - offset
    const own = readings.get(row.name) ?? []
    const faults = judgeRecords(row, { went, missing }, own)
    failed.push(...faults.map(fault => `${row.title}: ${fault}`))
    return cellsOf(row, { went, own, faults, startedAt })
  })
  return {
    text: table(['ROW', 'NOT BEFORE', 'DELETED', 'BY THEN', 'ALARMS', 'VERDICT'], cells),
    failed: failed.map(fault => `unread records, ${fault}`),
  }
}

interface RowResult {
  went: Span | undefined
  own: readonly RecordsReading[]
  faults: readonly string[]
  startedAt: number
}

function cellsOf({ title, isSilent }: RecordsRow, { went, own, faults, startedAt }: RowResult): string[] {
  const alarms = own.filter(({ isAlarm }) => isAlarm)
  const since = (time: number) => ((time - startedAt) / 1000).toFixed(1)
  const last = alarms.findLast(({ finishedAt }) => finishedAt <= (went?.after ?? 0))?.unread
  return [
    title,
    last?.earliest == null ? '' : since(last.earliest),
    went ? since(went.by) : 'no',
    last?.latest == null ? '' : since(last.latest),
    String(alarms.length),
    faults.length > 0 ? 'FAILS' : isSilent ? 'silent' : 'holds',
  ]
}

interface LogStart extends Span {
  start: bigint
}

/** Another client reads the log starts several times a second. */
async function witness(
  admin: Admin,
  starts: ReadonlyMap<string, LogStart[]>,
  signal: AbortSignal,
): Promise<void> {
  const asked = new Map<string, number>()
  while (!signal.aborted) {
    for (const [topic, seen] of starts) {
      const from = Date.now()
      const [partition] = await admin.fetchTopicOffsets(topic)
      const start = BigInt(partition?.low ?? 0)
      if (start !== (seen.at(-1)?.start ?? 0n)) {
        seen.push({ start, after: asked.get(topic) ?? from, by: Date.now() })
      }
      asked.set(topic, from)
    }
    await sleep(POLL, undefined, { signal }).catch(() => {})
  }
}

/** The unchanged product with its default levels. Returns readings by group; each group is named after its topic. */
async function watch(kafka: Kafka, signal: AbortSignal): Promise<Map<string, RecordsReading[]>> {
  const folder = await mkdtemp(join(tmpdir(), 'accuracy-records-'))
  const readings = new Map<string, RecordsReading[]>()
  try {
    const environment = {
      KAFKA_BROKERS: kafka.bootstrap.join(),
      WATCHDOG_STORE: folder,
      WATCHDOG_CLOCK_SKEW: '0s',
      WATCHDOG_INTERVAL: '5s',
    }
    const settings = readSettings(environment, () => '')
    const [cluster] = settings.clusters
    if (cluster === undefined) throw new Error('the settings name no cluster')
    while (!signal.aborted) {
      const next = Date.now() + INTERVAL
      await snapshotCluster(settings, cluster)
      const snapshot = await snapshotsOf(settings).newest(cluster.name)
      if (snapshot === undefined) throw new Error('a snapshot was taken and cannot be read')
      const { takenAt: startedAt, finishedAt, retention } = snapshot.head
      for (const commit of snapshot.commits) {
        const context = { policy: cluster.policy, retention, now: startedAt, clockSkew: 0, interval: 5000 }
        const [assessment] = assessGroup([commit], { ...context, newsSince: 0 })
        const isAlarm = assessment !== undefined && assessment.records.level !== null
        const lost = commit.lostRecords?.atMost ?? null
        const reading = { startedAt, finishedAt, unread: commit.unread, isAlarm, lost }
        readings.set(commit.group, [...(readings.get(commit.group) ?? []), reading])
      }
      await sleep(Math.max(0, next - Date.now()), undefined, { signal }).catch(() => {})
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return readings
}

// Node finds only some of kafkajs' exports by name.
const { CompressionTypes } = kafkaJs

interface Play {
  kafka: Kafka
  producer: Producer
  startedAt: number
  /** The last committed offset of each group. */
  offsets: Map<string, bigint>
}

function stageOf({ name: topic }: RecordsRow, { kafka, producer, startedAt, offsets }: Play): RecordsStage {
  const { bootstrap } = kafka
  let key = 0
  const messagesOf = (times: readonly number[], isOneKey = false) =>
    times.map(time => ({
      key: isOneKey ? 'key' : String(key++),
      value: 'v'.repeat(100),
      timestamp: String(Date.now() + time),
      partition: 0,
    }))
  return {
    at: seconds => sleep(Math.max(0, startedAt + seconds * 1000 - Date.now())),
    async send(times, { isCompressed = false, isOneKey = false } = {}) {
      const compression = isCompressed ? CompressionTypes.GZIP : CompressionTypes.None
      await producer.send({ topic, messages: messagesOf(times, isOneKey), compression })
    },
    async transaction(records, end) {
      const transactional = kafkajs(bootstrap).producer({
        transactionalId: topic,
        maxInFlightRequests: 1,
        idempotent: true,
      })
      await transactional.connect()
      const transaction = await transactional.transaction()
      await transaction.send({ topic, messages: messagesOf(Array(records).fill(0)) })
      await transaction[end]()
      await transactional.disconnect()
    },
    async commit(offset) {
      offsets.set(topic, offset)
      await commitRaw(bootstrap, [{ group: topic, offsets: [{ topic, partition: 0, offset }] }])
    },
    deleteBefore: offset => deleteRecords(bootstrap, { topic, partition: 0, offset }),
  }
}
