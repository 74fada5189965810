import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command, Option } from 'commander'
import { run } from '../accuracy/run.ts'
import { tell } from '../accuracy/tell.ts'
import { startKafka } from '../brokers/broker.ts'
import { groupsOf } from '../brokers/coordinators.ts'
import { goVersion } from '../go/program.ts'
import { startKfake } from './kfake.ts'
import { page } from './page.ts'
import { readResult, writeResult } from './results.ts'
import { play } from './story.ts'
import { type Target, targets } from './targets.ts'

// `npm run compat` plays one story on every supported version of Apache Kafka, checks the retention rules there, and
// writes docs/compatibility.md from the results. Exits with 1 if there is a fault.

const KFAKE = 'kfake'
const parts = ['story', 'rules'] as const

interface Options {
  only?: string[]
  part?: (typeof parts)[number]
  resume: boolean
}

const command = new Command('npm run compat --')
  .description('Tries the watchdog on every supported version of Kafka, and writes docs/compatibility.md.')
  .addOption(
    new Option('--only <version...>', 'only these versions').choices([
      ...targets.map(({ name }) => name),
      KFAKE,
    ]),
  )
  .addOption(
    new Option('--part <part>', 'story: only the commands; rules: only the retention rules').choices(parts),
  )
  .option('--resume', 'skip what was tried today', false)
  .parse()

const { only, part, resume } = command.opts<Options>()
const today = new Date().toISOString().slice(0, 10)
const MINUTE = 60_000

async function playOn({ name, version, coordinator }: Target): Promise<string[]> {
  const kinds = groupsOf(version, coordinator)?.kinds ?? []
  const retentionMinutes = 2
  await using kafka = await startKafka({ version, coordinator, retentionMinutes })
  const story = await play({
    bootstrap: kafka.bootstrap,
    kinds,
    expiry: 'retention',
    mode: 'exact',
    retention: retentionMinutes * MINUTE,
  })
  writeResult(name, { story: { on: today, ...story } })
  return Object.entries(story.faults).flatMap(([feature, faults]) =>
    faults.map(fault => `${feature}: ${fault}`),
  )
}

async function rulesOn({ name, version, coordinator }: Target): Promise<string[]> {
  const outcome = await run({
    kafka: version,
    coordinator,
    brokers: 1,
    compression: 'none',
    compaction: false,
    modes: ['exact'],
    size: { groups: 1, partitions: 2 },
  })
  const { failed } = tell(outcome)
  const partitions = outcome.watches[0]?.verdicts.length ?? 0
  writeResult(name, { rules: { on: today, partitions, failed } })
  return failed
}

async function playOnKfake(): Promise<string[]> {
  if ((await goVersion()) === undefined) {
    process.stdout.write(`${KFAKE}: skipped, because Go is not installed.\n`)
    return []
  }
  await using kfake = await startKfake()
  const story = await play({
    bootstrap: kfake.bootstrap,
    kinds: ['classic'],
    expiry: 'never',
    mode: 'observed',
    retention: MINUTE,
  })
  writeResult(KFAKE, { story: { on: today, ...story } })
  return Object.entries(story.faults).flatMap(([feature, faults]) =>
    faults.map(fault => `${feature}: ${fault}`),
  )
}

/** Reports a target that cannot be tried, so that the next one follows. */
async function attempt(title: string, work: () => Promise<string[]>): Promise<number> {
  process.stdout.write(`${title} …\n`)
  const faults = await work().catch((error: unknown) => [String(error)])
  for (const fault of faults) process.stdout.write(`- ${title}: ${fault}\n`)
  writeFileSync(fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url)), page())
  return faults.length
}

const isAsked = (name: string, which: (typeof parts)[number]): boolean =>
  (only === undefined || only.includes(name)) &&
  (part === undefined || part === which) &&
  !(resume && readResult(name)[which]?.on === today)

let faults = 0
for (const target of targets) {
  const { name, hasRules, isEarlyAccess } = target
  if (isAsked(name, 'story')) {
    const found = await attempt(`${name}: the commands`, () => playOn(target))
    if (!isEarlyAccess) faults += found
  }
  if (hasRules && isAsked(name, 'rules')) faults += await attempt(`${name}: the rules`, () => rulesOn(target))
}
if (isAsked(KFAKE, 'story')) faults += await attempt(`${KFAKE}: the commands`, playOnKfake)
process.stdout.write(faults > 0 ? `${faults} faults were found.\n` : 'No faults were found.\n')
process.exitCode = faults > 0 ? 1 : 0
