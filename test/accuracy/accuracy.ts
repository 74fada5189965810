import { Command, Option } from 'commander'
import type { Coordinator } from '../brokers/coordinators.ts'
import { kafkaVersions, newestKafka } from '../brokers/libraries.ts'
import { compressions } from './offsets-log.ts'
import { rows } from './records/rows.ts'
import { runRecords } from './records/run.ts'
import { type RunOptions, run } from './run.ts'
import { scenarioNames } from './scenarios/all.ts'
import { tell, titleOf } from './tell.ts'

// `npm run accuracy` compares the snapshots' statements with what a real broker does. Without options it runs the long
// form; with options, the one run that they describe. Exit code 1 if a bar is broken.

interface Options {
  kafka: RunOptions['kafka']
  coordinator?: Coordinator
  brokers: '1' | '3'
  compression: RunOptions['compression']
  compaction: boolean
  mode: keyof typeof modes
  only?: string
  records: boolean
}

const modes = { exact: ['exact'], observed: ['observed'], both: ['exact', 'observed'] } as const
/** Enough for a table of more than 300 partitions. */
const size = { groups: 2, partitions: 5 }

const plain: RunOptions = {
  kafka: newestKafka,
  brokers: 1,
  compression: 'none',
  compaction: false,
  modes: modes.both,
  size,
}
/** A run in observed mode does not read the log. */
const compacted = (compression: RunOptions['compression']): RunOptions => ({
  ...plain,
  compression,
  compaction: true,
  modes: modes.exact,
})
/** The runs of a round run in parallel: each one mostly waits, but its JVMs need a core. */
const longForm: RunOptions[][] = [
  [{ ...plain, brokers: 3 }],
  [plain, { ...plain, kafka: '3.9.2', coordinator: 'old' }],
  [compacted('gzip'), compacted('snappy')],
  [compacted('lz4'), compacted('zstd')],
]

const command = new Command('npm run accuracy --')
  .description('Compares the deadlines in snapshots with what a real broker does.')
  .addOption(new Option('--kafka <version>').choices(kafkaVersions).default(plain.kafka))
  .addOption(
    new Option(
      '--coordinator <which>',
      'the group coordinator of Kafka 3.7 to 3.9; new is that of Kafka 4',
    ).choices(['new', 'old']),
  )
  .addOption(new Option('--brokers <number>').choices(['1', '3']).default('1'))
  .addOption(
    new Option('--compression <codec>').choices(Object.keys(compressions)).default(plain.compression),
  )
  .option('--compaction', 'let the cleaner compact __consumer_offsets', false)
  .addOption(new Option('--mode <mode>').choices(Object.keys(modes)).default('both'))
  .addOption(new Option('--only <scenario>', 'play one scenario').choices(scenarioNames))
  .option('--records', 'only the rows on unread records', false)
  .parse()

const { kafka, coordinator, brokers, compression, compaction, mode, only, records } = command.opts<Options>()
const one: RunOptions = {
  kafka,
  coordinator,
  brokers: brokers === '3' ? 3 : 1,
  compression,
  compaction,
  modes: modes[mode],
  size,
  only,
}
const isLong = process.argv.length === 2
const rounds = isLong ? longForm : records ? [] : [[one]]

const failed: string[] = []
for (const round of rounds) {
  process.stderr.write(`${round.map(titleOf).join('; ')}: about three minutes …\n`)
  await Promise.all(
    round.map(async options => {
      const told = tell(await run(options))
      process.stdout.write(`\n${told.text}\n${listOf(told.failed)}`)
      failed.push(...told.failed)
    }),
  )
}
if (isLong || records) {
  process.stderr.write('Unread records: about a minute …\n')
  const told = await runRecords(rows)
  process.stdout.write(
    `\nUnread records. Times in seconds since the start.\n\n${told.text}\n${listOf(told.failed)}`,
  )
  failed.push(...told.failed)
}
process.stdout.write(
  failed.length > 0 ? `\nBroken bars of all runs:\n${listOf(failed)}` : '\nAll bars hold.\n',
)
process.exitCode = failed.length > 0 ? 1 : 0

function listOf(items: readonly string[]): string {
  return items.map(item => `- ${item}\n`).join('')
}
