import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startKafka } from '../brokers/broker.ts'
import { measureBundles } from './bundles.ts'
import { type Contenders, contendersFor } from './contenders.ts'
import { groupNames } from './groups.ts'
import { createTopics, emptyTopics, loadGroups, PARTITIONS } from './load.ts'
import { costOfLookup } from './lookup.ts'
import { alternate, measure, type Usage } from './processes.ts'
import { type Bar, count, showBars, showUsages } from './report.ts'

// How long does a snapshot take, compared with other clients, and as clusters grow? `npm run bench` loads its own
// broker and measures whole processes, which take turns. Only the ratio of two medians of one run counts: seconds
// depend on the machine. `npm run bench -- --short` is a quick check on a small cluster, where starting Node outweighs
// everything else.

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } })
const RUNS = values.short ? 3 : 5
const COMPARED = values.short ? 1000 : 10_000
const SIZES = values.short ? [300, COMPARED] : [1000, 3000, COMPARED, 30_000]

const folder = await mkdtemp(join(tmpdir(), 'bench-'))
await using kafka = await startKafka({ retentionMinutes: 7 * 24 * 60, sweepMs: 600_000 })
const [bootstrap = ''] = kafka.bootstrap
await createTopics([bootstrap], emptyTopics)

const ours = ({ snapshot, offsets }: Contenders) => ({ snapshot, offsets })

const bars: Bar[] = []
const grown: { groups: number; snapshot: Usage; offsets: Usage }[] = []
for (const [i, groups] of SIZES.entries()) {
  const started = performance.now()
  await loadGroups([bootstrap], SIZES[i - 1] ?? 0, groups)
  const seconds = (performance.now() - started) / 1000
  console.log(`\n${count(groups)} groups × ${PARTITIONS} partitions, loaded in ${seconds.toFixed(0)} s`)

  const contenders = await contendersFor(bootstrap, groups, folder)
  // The first run has no earlier snapshot, and reads the offsets log from its beginning.
  const first = await measure(contenders.snapshot)
  const own = groups === COMPARED ? await compare(contenders) : await alternate(ours(contenders), RUNS)
  showUsages([{ ...first, name: 'the first snapshot (one run)' }, ...Object.values(own)])
  grown.push({ groups, ...own })
}

for (const { groups, snapshot } of grown) {
  const bar = groups <= COMPARED ? 400 : 900
  bars.push({ what: `MiB of a snapshot of ${count(groups)} groups`, measured: snapshot.peak, bar, digits: 0 })
}
const [small, large] = [
  grown.find(({ groups }) => groups * 10 === COMPARED),
  grown.find(({ groups }) => groups === COMPARED),
]
if (small && large)
  bars.push({
    what: 'offsets only, ten times the groups',
    measured: large.offsets.wall / small.offsets.wall,
    bar: 11,
  })

const cost = await costOfLookup(join(folder, String(COMPARED)), 'kafka', groupNames(1, 2)[0] ?? '')
bars.push(
  { what: 'lookup: reads beside the manifest', measured: cost.reads, bar: 3, digits: 0 },
  {
    what: 'lookup: kB with the manifest',
    measured: (cost.bytes + cost.manifest) / 1000,
    bar: 500,
    digits: 0,
  },
)
for (const { handler, zipped, importing } of await measureBundles(RUNS))
  bars.push(
    { what: `bundle of ${handler}: kB zipped`, measured: zipped / 1000, bar: 300, digits: 0 },
    { what: `bundle of ${handler}: ms to import`, measured: importing, bar: 150, digits: 0 },
  )

console.log()
showBars(bars)
await rm(folder, { recursive: true })

async function compare({ consumerGroups, ...others }: Contenders) {
  const usages = await alternate(others, RUNS)
  const { snapshot, offsets, floor, kafkajs, adminClient } = usages
  const tool = await measure(consumerGroups)
  bars.push(
    { what: "offsets only / Java's AdminClient", measured: offsets.wall / adminClient.wall, bar: 0.27 },
    { what: "offsets only / kafkajs' admin", measured: offsets.wall / kafkajs.wall, bar: 0.21 },
    { what: 'offsets only / floor', measured: offsets.wall / floor.wall, bar: 3.7 },
    { what: 'snapshot / offsets only', measured: snapshot.wall / offsets.wall, bar: 2 },
    { what: 'snapshot / kafka-consumer-groups', measured: snapshot.wall / tool.wall, bar: 0.05 },
  )
  return { ...usages, consumerGroups: tool }
}
