import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../../functions/cli/views/table.ts'
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts'
import { startKafka } from '../brokers/broker.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { configureTopic } from '../brokers/clients/topics.ts'
import { groupNames } from './groups.ts'
import { commitAll, createTopics, PARTITIONS, topicNames } from './load.ts'
import { type Contender, here, measure, median, node } from './processes.ts'
import { type Bar, count, showBars } from './report.ts'

// Measures the cost of the deadlines of unread records for a snapshot. `npm run bench:records` loads its own broker with
// topics of six segments each, and measures snapshots with and without the age of records, in pairs of whole processes.
// Only the ratio within a pair counts. `-- --scenario read`, `unread` or `changed` measures one part. `-- --short` is a
// quick check: in a small cluster, starting Node outweighs everything else.

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, scenario: { type: 'string', default: 'all' } },
})
const measures = (scenario: 'read' | 'unread' | 'changed') => [scenario, 'all'].includes(values.scenario)
const [GROUPS, TOPICS, PAIRS] = values.short ? [1000, 20, 3] : [10_000, 100, 9]
/** Each record batch is its own segment, a day after the one before. */
const DAYS_AGO = [6, 5, 4, 3, 2, 1]
const RECORDS_PER_SEGMENT = 5
const END = DAYS_AGO.length * RECORDS_PER_SEGMENT
const topics = topicNames('records', TOPICS)

type Step = 'with' | 'without'

/** All in s, except the number of requests. */
interface Cost {
  requests: number
  scanWall: number
  scanCpu: number
  wall: number
  cpu: number
  brokerCpu: number
}

const folder = await mkdtemp(join(tmpdir(), 'bench-records-'))
await using kafka = await startKafka({ retentionMinutes: 7 * 24 * 60, sweepMs: 600_000 })
const [bootstrap = ''] = kafka.bootstrap
await fillTopics()

const bars: Bar[] = []
if (measures('read')) {
  await commit(() => END)
  await compare('all have read everything', 1.05)
}
if (measures('unread') || measures('changed')) {
  // Every other group of a topic has read everything, so that each partition has offsets all over its log.
  await commit(number => (Math.floor(number / TOPICS) % 2 === 0 ? END : (number * 7) % END))
}
if (measures('unread')) await compare('half have unread records', 1.4)
// This part has no bar: it measures the first snapshot after a change of retention. The next snapshot knows the
// deadlines again.
if (measures('changed')) await compare('half have unread records, retention.ms changed', null, alterRetention)
if (bars.length > 0) showBars(bars)
await rm(folder, { recursive: true })

async function fillTopics(): Promise<void> {
  await createTopics([bootstrap], topics, { 'retention.ms': String(7 * DAY), 'segment.ms': String(DAY / 2) })
  const producer = kafkajs([bootstrap]).producer({ idempotent: true })
  await producer.connect()
  for (const topic of topics)
    for (const days of DAYS_AGO) {
      const newest = Date.now() - days * DAY
      const messages = Array.from({ length: PARTITIONS * RECORDS_PER_SEGMENT }, (_, i) => {
        const nth = Math.floor(i / PARTITIONS)
        return { partition: i % PARTITIONS, value: 'v', timestamp: String(newest + nth * HOUR) }
      })
      await producer.send({ topic, messages })
    }
  await producer.disconnect()
}

async function commit(offsetOfGroup: (number: number) => number): Promise<void> {
  const loads = groupNames(0, GROUPS).map((group, number) => {
    const offset = BigInt(offsetOfGroup(number))
    return { group, topic: topics[number % TOPICS] ?? '', offsetOf: () => offset }
  })
  await commitAll([bootstrap], loads)
}

/** Changes retention.ms by another minute each time, so that no bound of the snapshot before holds. */
async function alterRetention(pair: number): Promise<void> {
  const retention = String(7 * DAY + (pair + 1) * MINUTE)
  for (const topic of topics)
    await configureTopic([bootstrap], topic, { 'retention.ms': retention, 'segment.ms': String(DAY / 2) })
}

/** @param bar upper limit of each ratio; null: the ratios are only shown */
async function compare(
  scenario: string,
  bar: number | null,
  before: (pair: number) => Promise<void> = async () => {},
): Promise<void> {
  const pairs: Record<Step, Cost>[] = []
  // The first pair has no earlier snapshot.
  for (let pair = 0; pair <= PAIRS; pair++) {
    await before(pair)
    const first = pair % 2 === 0 ? await costOf('without', scenario) : undefined
    const withStep = await costOf('with', scenario)
    const costs = { without: first ?? (await costOf('without', scenario)), with: withStep }
    if (pair > 0) pairs.push(costs)
  }

  const medianOf = (step: Step, what: keyof Cost) => median(pairs.map(costs => costs[step][what]))
  const rowOf = (step: Step) => [
    `${scenario}, ${step}`,
    medianOf(step, 'requests').toFixed(0).padStart(8),
    ...(['scanWall', 'scanCpu', 'wall', 'cpu', 'brokerCpu'] as const).map(what =>
      medianOf(step, what).toFixed(2).padStart(6),
    ),
  ]
  const ratio = (what: keyof Cost) => median(pairs.map(costs => costs.with[what] / costs.without[what]))
  const whats = ['scanWall', 'scanCpu', 'wall', 'cpu', 'brokerCpu'] as const
  const ratios = whats.map(what => ratio(what).toFixed(2).padStart(6))
  const head = ['medians', 'requests', 'scan s', ' CPU s', 'process s', ' CPU s', "broker's CPU s"]
  console.log(table(head, [rowOf('without'), rowOf('with'), ['ratio', '', ...ratios]]))

  if (bar === null) return
  const what = `${count(GROUPS)} groups, ${scenario}`
  bars.push(
    { what: `${what}: wall time of the scan`, measured: ratio('scanWall'), bar },
    { what: `${what}: CPU time of the scan`, measured: ratio('scanCpu'), bar },
    { what: `${what}: wall time of the process`, measured: ratio('wall'), bar },
    { what: `${what}: CPU time of the process`, measured: ratio('cpu'), bar },
  )
}

async function costOf(step: Step, scenario: string): Promise<Cost> {
  let scan = { requests: 0, wall: 0, cpu: 0 }
  const contender: Contender = {
    name: `${scenario}, ${step}`,
    ...node(here('contenders/records-snapshot.ts'), bootstrap, join(folder, step), step),
    env: { NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
    prints: new RegExp(`^${GROUPS * PARTITIONS} offsets$`, 'm'),
    onOutput: output => {
      scan = JSON.parse(/^scan (\{.*\})$/m.exec(output)?.[1] ?? '')
    },
  }
  const before = await cpuOfBroker()
  const { wall, cpu } = await measure(contender)
  const brokerCpu = (await cpuOfBroker()) - before
  return { requests: scan.requests, scanWall: scan.wall, scanCpu: scan.cpu, wall, cpu, brokerCpu }
}

/** s of CPU time so far, in user and system mode. Linux counts it in ticks of 10 ms. */
async function cpuOfBroker(): Promise<number> {
  const [broker] = kafka.nodes
  const stat = await readFile(`/proc/${broker?.pid}/stat`, 'utf8')
  const [, user = '0', system = '0'] = /\) (?:\S+ ){11}(\d+) (\d+)/.exec(stat) ?? []
  return (Number(user) + Number(system)) / 100
}
