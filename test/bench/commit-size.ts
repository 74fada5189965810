import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'

// How many bytes does one commit take in `__consumer_offsets`? Run: node test/bench/commit-size.ts. infra/cost.ts uses
// the number. Each commit names one partition, like that of a consumer of one partition; names are those of npm run
// bench:log.

const COMMITS = 5_000

await using kafka = await startKafka({ retentionMinutes: 600, properties: { 'log.cleaner.enable': 'false' } })
await createTopic(kafka.bootstrap, 'team-3.orders')

const size = () =>
  readdirSync(kafka.folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /__consumer_offsets-\d+\/\d+\.log$/.test(file))
    .reduce((sum, file) => sum + statSync(join(kafka.folder, file)).size, 0)

const commit = (group: number) => ({
  group: `team-42.service-${group}`,
  offsets: [{ topic: 'team-3.orders', partition: 0, offset: 1000n }],
})
await commitRaw(kafka.bootstrap, [commit(1000)])
const before = size()
await commitRaw(
  kafka.bootstrap,
  Array.from({ length: COMMITS }, (_, i) => commit(1000 + i)),
)
console.log(`${((size() - before) / COMMITS).toFixed(1)} bytes a commit`)
