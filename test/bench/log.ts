import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { startKafka } from '../kafka/broker.ts'
import { commitRaw } from '../kafka/clients/commit-raw.ts'
import { createTopic } from '../kafka/clients/topics.ts'
import { kafkaClasspath } from '../kafka/libraries.ts'

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

async function java(bootstrap: string): Promise<Measured> {
  const options = ['-Xmx512m', '-Xshare:auto', ...(await kafkaClasspath('4.3.1', 'clients'))]
  const startedAt = performance.now()
  const output = execFileSync('java', [...options, 'OffsetsLog', bootstrap, 'count'], { encoding: 'utf8' })
  const [, records = '0'] = /(\d+) records/.exec(output) ?? []
  return { ms: performance.now() - startedAt, records: Number(records), peak: null }
}

function node(file: string, bootstrap: string): Measured {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const startedAt = performance.now()
  const output = execFileSync(process.execPath, [path, bootstrap], { encoding: 'utf8' })
  const ms = performance.now() - startedAt
  const { offsets, records, peak } = JSON.parse(output)
  if (offsets !== COMMITS) throw new Error(`${file} found ${offsets} offsets`)
  return { ms, records, peak }
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
      ours: node('log-ours.ts', bootstrap),
      kafkajs: node('log-kafkajs.ts', bootstrap),
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
  const runs = [1, 2, 3].map(() => node('log-ours.ts', bootstrap))
  const { records = 0 } = runs[0] ?? {}
  const [ms, peak] = [median(runs.map(run => run.ms)), Math.max(...runs.map(run => run.peak ?? 0))]
  console.log(
    `${records.toLocaleString('en')} records of ${COMMITS.toLocaleString('en')} keys: ${(ms / 1000).toFixed(2)} s, ` +
      `${((ms / records) * 1e6).toFixed(0)} ns a record, ${peak.toFixed(0)} MiB at most`,
  )
}
