import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import { alternate, type Contender, here, node } from './processes.ts'
import { count, showBars, showUsages } from './report.ts'

// How long does a cold read of `__consumer_offsets` take? `npm run bench:log` reads 200,000 commits in whole processes,
// which take turns: this project, kafkajs' public consumer, and a plain Java consumer
// (test/brokers/java/clients/OffsetsLog.java). Each keeps the last commit of every key. Then the log grows with more
// commits of the same 200,000 keys, to show how time and memory grow. The cleaner is off, so that the log stays as
// written.

const GROUPS = 10_000
const PARTITIONS = 20
const COMMITS = GROUPS * PARTITIONS
const TOPICS = 5
const RUNS = 5
/** Commits of each key, as the log grows. */
const LENGTHS = [5, 25]

async function contendersFor({ bootstrap, folder }: Kafka) {
  const [address = ''] = bootstrap
  const env = { NODE_COMPILE_CACHE: `${folder}/compile-cache` }
  const prints = new RegExp(`"offsets":${COMMITS}\\b`)
  const java = [...(await clientsClasspath()), 'Usage', 'OffsetsLog', address, 'count']

  return {
    ours: { name: 'this project', ...node(here('log-ours.ts'), address), env, prints },
    kafkajs: { name: "kafkajs' consumer", ...node(here('log-kafkajs.ts'), address), env, prints },
    java: {
      name: "Java's consumer",
      command: 'java',
      args: ['-Xmx512m', '-Xshare:auto', ...java],
      prints: new RegExp(` ${COMMITS} offsets`),
    },
  } satisfies Record<string, Contender>
}

/** Adds this number of commits of each key. */
async function fill(bootstrap: readonly string[], times: number): Promise<void> {
  for (let time = 1; time <= times; time++) {
    const requests = Array.from({ length: GROUPS }, (_, group) => ({
      group: `team-${group % 97}.service-${group}`,
      offsets: Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: `team-${group % TOPICS}.orders`,
        partition,
        offset: BigInt(time * 1000 + partition),
      })),
    }))
    await commitRaw(bootstrap, requests)
    process.stderr.write(`\r${count(time * COMMITS)} commits written `)
  }
  process.stderr.write('\n')
}

await using kafka = await startKafka({
  retentionMinutes: 600,
  properties: { 'log.cleaner.enable': 'false', 'offsets.topic.num.partitions': 50 },
})
for (let topic = 0; topic < TOPICS; topic++)
  await createTopic(kafka.bootstrap, `team-${topic}.orders`, { partitions: PARTITIONS })
await fill(kafka.bootstrap, 1)

const contenders = await contendersFor(kafka)
const { ours, kafkajs, java } = await alternate(contenders, RUNS)
showUsages([ours, kafkajs, java])

const longer = []
for (const [i, length] of LENGTHS.entries()) {
  await fill(kafka.bootstrap, length - (LENGTHS[i - 1] ?? 1))
  const { read } = await alternate({ read: contenders.ours }, 3)
  longer.push({ ...read, name: `this project, ${count(length * COMMITS)} records of ${count(COMMITS)} keys` })
}
showUsages(longer)

showBars([
  { what: "wall time of kafkajs' consumer", measured: ours.wall / kafkajs.wall, bar: 0.35 },
  { what: "CPU time of kafkajs' consumer", measured: ours.cpu / kafkajs.cpu, bar: 0.35 },
  { what: "wall time of Java's consumer", measured: ours.wall / java.wall, bar: 0.25 },
  { what: "CPU time of Java's consumer", measured: ours.cpu / java.cpu, bar: 0.25 },
  { what: 'MiB with the longest log', measured: longer.at(-1)?.peak ?? Number.NaN, bar: 256, digits: 0 },
])
