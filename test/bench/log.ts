import { execFileSync } from 'node:child_process'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import kafkaJs from 'kafkajs'
import { CONSUMER_OFFSETS } from '../../functions/kafka/read-rights.ts'
import { startKafka } from '../kafka/broker.ts'
import { commitRaw } from '../kafka/clients/commit-raw.ts'
import { createTopic } from '../kafka/clients/topics.ts'
import { kafkaClasspath } from '../kafka/libraries.ts'
import { readLog } from '../kafka/log/reading.ts'

// How long does it take to read `__consumer_offsets`, cold? `npm run bench:log` reads 200,000 commits as whole processes,
// by turns: this project, kafkajs' public consumer, and a plain Java consumer (test/kafka/java/clients/OffsetsLog.java).
// Each keeps the last commit of every key. Then the log is made longer, of the same 200,000 keys, to see what time and
// memory grow with. The cleaner is off, so that the log stays as it was written.

const GROUPS = 10_000
const PARTITIONS = 20
const COMMITS = GROUPS * PARTITIONS
const TOPICS = 5
const RUNS = 5
const LONG = 25

interface Measured {
  /** Of the process, from its start to its end. */
  ms: number
  records: number
  /** MiB of resident memory at most; null where it is not told. */
  peak: number | null
}

const contenders = {
  async ours(bootstrap: string) {
    const { log, records, mode } = await readLog([bootstrap])
    if (mode !== 'exact' || log.size !== COMMITS) throw new Error(`${mode}, ${log.size} commits`)
    return records
  },

  async kafkajs(bootstrap: string) {
    const kafka = new kafkaJs.Kafka({ brokers: [bootstrap], logLevel: kafkaJs.logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const ends = await admin.fetchTopicOffsets(CONSUMER_OFFSETS)
    await admin.disconnect()

    const left = new Map(
      ends.flatMap(({ partition, high }) => (high === '0' ? [] : [[partition, BigInt(high)]])),
    )
    const { promise, resolve } = Promise.withResolvers<void>()
    const last = new Map<string, object>()
    let records = 0

    const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topic: CONSUMER_OFFSETS, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { key, value } of batch.messages) {
          records++
          if (key === null || key.readInt16BE(0) > 1) continue
          const decoded = keyOf(key)
          const name = `${decoded.group} ${decoded.topic} ${decoded.partition}`
          if (value === null) last.delete(name)
          else last.set(name, { ...decoded, ...decodedValue(value) })
        }
        const end = left.get(batch.partition)
        if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) left.delete(batch.partition)
        if (left.size === 0) resolve()
      },
    })
    await promise
    await consumer.disconnect()
    if (last.size !== COMMITS) throw new Error(`${last.size} commits`)
    return records
  },
}

function keyOf(key: Buffer) {
  const groupEnd = 4 + key.readInt16BE(2)
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd)
  const [group, topic] = [key.toString('utf8', 4, groupEnd), key.toString('utf8', groupEnd + 2, topicEnd)]
  return { group, topic, partition: key.readInt32BE(topicEnd) }
}

/** Of version 4, as the commits here are. */
function decodedValue(value: Buffer) {
  const metadataEnd = 14 + value.readUInt8(14)
  return {
    offset: value.readBigInt64BE(2),
    leaderEpoch: value.readInt32BE(10),
    metadata: value.toString('utf8', 15, metadataEnd),
    committedAt: value.readBigInt64BE(metadataEnd),
  }
}

async function java(bootstrap: string): Promise<Measured> {
  const options = ['-Xmx512m', '-Xshare:auto', ...(await kafkaClasspath('4.3.1', 'clients'))]
  const startedAt = performance.now()
  const output = execFileSync('java', [...options, 'OffsetsLog', bootstrap, 'count'], { encoding: 'utf8' })
  const [, records = '0'] = /(\d+) records/.exec(output) ?? []
  return { ms: performance.now() - startedAt, records: Number(records), peak: null }
}

function node(contender: string, bootstrap: string): Measured {
  const startedAt = performance.now()
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), contender, bootstrap], {
    encoding: 'utf8',
  })
  return { ms: performance.now() - startedAt, ...JSON.parse(output) }
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

async function fill(bootstrap: readonly string[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const requests = Array.from({ length: GROUPS }, (_, group) => ({
      group: `team-${group % 97}.service-${group}`,
      offsets: Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: `team-${group % TOPICS}.orders`,
        partition,
        offset: BigInt(round * 1000 + partition),
      })),
    }))
    await commitRaw(bootstrap, requests)
    process.stderr.write(`\r${((round + 1) * COMMITS).toLocaleString('en')} commits written `)
  }
  process.stderr.write('\n')
}

async function compare(bootstrap: string): Promise<void> {
  const runs: { ours: Measured; kafkajs: Measured; java: Measured }[] = []
  for (let run = 0; run < RUNS; run++)
    runs.push({
      ours: node('ours', bootstrap),
      kafkajs: node('kafkajs', bootstrap),
      java: await java(bootstrap),
    })

  console.log(`${runs[0]?.ours.records} records, medians of ${RUNS} runs of whole processes`)
  const ours = median(runs.map(run => run.ours.ms))
  for (const name of ['ours', 'kafkajs', 'java'] as const) {
    const ms = median(runs.map(run => run[name].ms))
    const peaks = runs.map(run => run[name].peak ?? 0)
    const peak = peaks.some(Boolean) ? `${median(peaks).toFixed(0).padStart(5)} MiB at most` : ''
    console.log(
      `${name.padEnd(8)} ${(ms / 1000).toFixed(2)} s   ours / ${name} ${(ours / ms).toFixed(2)} ${peak}`,
    )
  }
}

// As the command line does it.
enableCompileCache()

const [contender, address = ''] = process.argv.slice(2)
if (contender === 'ours' || contender === 'kafkajs') {
  const records = await contenders[contender](address)
  console.log(JSON.stringify({ records, peak: process.resourceUsage().maxRSS / 1024 }))
  process.exit(0)
}

await using kafka = await startKafka({
  retentionMinutes: 600,
  properties: { 'log.cleaner.enable': 'false', 'offsets.topic.num.partitions': 50 },
})
const [bootstrap = ''] = kafka.bootstrap
for (let topic = 0; topic < TOPICS; topic++)
  await createTopic([bootstrap], `team-${topic}.orders`, { partitions: PARTITIONS })

await fill([bootstrap], 1)
await compare(bootstrap)

for (const rounds of [Math.floor(LONG / 5) - 1, LONG - Math.floor(LONG / 5)]) {
  await fill([bootstrap], rounds)
  const runs = [1, 2, 3].map(() => node('ours', bootstrap))
  const { records = 0 } = runs[0] ?? {}
  const [ms, peak] = [median(runs.map(run => run.ms)), Math.max(...runs.map(run => run.peak ?? 0))]
  console.log(
    `${records.toLocaleString('en')} records of ${COMMITS.toLocaleString('en')} keys: ${(ms / 1000).toFixed(2)} s, ` +
      `${((ms / records) * 1e6).toFixed(0)} ns a record, ${peak.toFixed(0)} MiB at most`,
  )
}
