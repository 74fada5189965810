import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { connect } from '../../functions/kafka/connection/connection.ts'
import { offsetCommit } from '../../functions/kafka/protocol/messages/offset-commit.ts'
import { chunks } from '../../functions/kafka/requests/in-parts.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { configureTopic } from '../brokers/clients/topics.ts'
import { groupNames } from './groups.ts'
import { PARTITIONS } from './load.ts'
import { type Contender, here, measure, median, node } from './processes.ts'
import { type Bar, count, showBars } from './report.ts'

// What does the age of unread records cost a snapshot? `npm run bench:records` loads a broker of its own with topics of
// six segments, and measures whole processes that ask for it and that do not, by turns: with groups that have read all,
// then with groups that have read half of their partitions to the end. What counts is the ratio within one run.

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const [GROUPS, TOPICS, RUNS] = values.short ? [1000, 20, 3] : [10_000, 100, 5]
const DAY = 86_400_000
/** One batch, and so one segment, a day. */
const AGES = [6, 5, 4, 3, 2, 1]
const topics = Array.from({ length: TOPICS }, (_, i) => `records-${i}`)

const folder = await mkdtemp(join(tmpdir(), 'bench-records-'))
await using kafka = await startKafka({ retentionMinutes: 7 * 24 * 60, sweepMs: 600_000 })
const [bootstrap = ''] = kafka.bootstrap
await fill()

const bars: Bar[] = []
await commitAll(() => 6n)
await compare('all have read all', 1.05)
await commitAll(partition => (partition % 2 === 0 ? 6n : 2n))
await compare('half of the partitions have unread records', 1.4)
showBars(bars)
await rm(folder, { recursive: true })

async function fill(): Promise<void> {
  const admin = kafkajs([bootstrap]).admin()
  const producer = kafkajs([bootstrap]).producer({ idempotent: true })
  await Promise.all([admin.connect(), producer.connect()])
  for (const part of chunks(topics, 20)) {
    const wanted = part.map(topic => ({ topic, numPartitions: PARTITIONS }))
    await admin.createTopics({ topics: wanted, waitForLeaders: true, timeout: 60_000 })
  }
  for (const topic of topics) {
    await configureTopic([bootstrap], topic, {
      'retention.ms': String(7 * DAY),
      'segment.ms': String(DAY / 2),
    })
    for (const age of AGES) {
      const timestamp = String(Date.now() - age * DAY)
      const messages = Array.from({ length: PARTITIONS }, (_, partition) => ({
        partition,
        value: 'v',
        timestamp,
      }))
      await producer.send({ topic, messages })
    }
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** Each group commits all partitions of one topic. */
async function commitAll(offsetOf: (partition: number) => bigint): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    offset: offsetOf(partition),
  }))
  const groups = groupNames(0, GROUPS).map((group, i) => ({ group, topic: topics[i % TOPICS] ?? '' }))
  const [first] = groups
  // It waits until the coordinator has made its log.
  if (first)
    await commitRaw([bootstrap], [{ group: first.group, offsets: [{ ...first, partition: 0, offset: 0n }] }])

  const connection = await connect({
    brokers: [bootstrap],
    protocol: 'PLAINTEXT',
    ca: undefined,
    certificate: undefined,
    privateKey: undefined,
    sasl: undefined,
  })
  const [broker = 0] = connection.brokers.keys()
  for (const part of chunks(groups, 200))
    await Promise.all(
      part.map(({ group, topic }) =>
        connection.send(broker, offsetCommit, { group, topics: [{ topic, partitions }] }),
      ),
    )
  await connection.close()
}

interface Cost {
  wall: number
  cpu: number
  /** s, of the broker. */
  broker: number
}

async function compare(title: string, bar: number): Promise<void> {
  const contender = (times: 'with' | 'without'): Contender => ({
    name: `${title}, ${times}`,
    ...node(here('contenders/records-snapshot.ts'), bootstrap, join(folder, times), times),
    env: { NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
    prints: new RegExp(`^${GROUPS * PARTITIONS} offsets, \\d+ requests$`, 'm'),
  })
  const costs: Record<'with' | 'without', Cost[]> = { with: [], without: [] }
  // The first of each has no snapshot before it.
  for (let run = 0; run <= RUNS; run++)
    for (const times of ['without', 'with'] as const) {
      const before = await cpuOf(kafka)
      const { wall, cpu } = await measure(contender(times))
      if (run > 0) costs[times].push({ wall, cpu, broker: (await cpuOf(kafka)) - before })
    }
  const medianOf = (times: 'with' | 'without', what: keyof Cost) =>
    median(costs[times].map(cost => cost[what]))
  for (const times of ['without', 'with'] as const) {
    const [wall, cpu, broker] = (['wall', 'cpu', 'broker'] as const).map(what =>
      medianOf(times, what).toFixed(2),
    )
    console.log(`${title}, ${times}: wall ${wall} s, CPU ${cpu} s, broker's CPU ${broker} s`)
  }
  const ratio = (what: keyof Cost) => medianOf('with', what) / medianOf('without', what)
  bars.push({ what: `${count(GROUPS)} groups, ${title}: CPU with / without`, measured: ratio('cpu'), bar })
  bars.push({ what: `${count(GROUPS)} groups, ${title}: wall with / without`, measured: ratio('wall'), bar })
}

/** s of user and system time of the broker so far. */
async function cpuOf({ nodes: [broker] }: Kafka): Promise<number> {
  const stat = await readFile(`/proc/${broker?.pid}/stat`, 'utf8')
  const [, utime = '0', stime = '0'] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? []
  const TICKS = 100
  return (Number(utime) + Number(stime)) / TICKS
}
