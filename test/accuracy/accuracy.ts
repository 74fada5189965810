import { Command, Option } from 'commander'
import { compressions } from './offsets-log.ts'
import { type RunOptions, run } from './run.ts'
import { tell, titleOf } from './tell.ts'

// `npm run accuracy`: holds what the snapshots say against what a real broker does. Without options the long form; with
// any, the one run that they describe. Exit code 1 where a bar does not hold.

interface Options {
  kafka: RunOptions['kafka']
  brokers: '1' | '3'
  compression: RunOptions['compression']
  compaction: boolean
  mode: keyof typeof modes
  only?: string
}

const modes = { exact: ['exact'], observed: ['observed'], both: ['exact', 'observed'] } as const
/** Many enough for a table of more than 300 partitions. */
const size = { groups: 2, partitions: 5 }
/** Each is a broker or three, two JVMs of clients, and mostly waits. */
const atOnce = 2

const plain: RunOptions = {
  kafka: '4.3.1',
  brokers: 1,
  compression: 'none',
  compaction: false,
  modes: modes.both,
  size,
}
const longForm: RunOptions[] = [
  { ...plain, brokers: 3 },
  { ...plain, kafka: '3.9.2' },
  plain,
  // Who observes does not read the log.
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map(
    (compression): RunOptions => ({ ...plain, compression, compaction: true, modes: modes.exact }),
  ),
]

const command = new Command('npm run accuracy --')
  .description('Holds what the snapshots say of deadlines against what a real broker does.')
  .addOption(new Option('--kafka <version>').choices(['4.3.1', '3.9.2']).default(plain.kafka))
  .addOption(new Option('--brokers <number>').choices(['1', '3']).default('1'))
  .addOption(
    new Option('--compression <codec>').choices(Object.keys(compressions)).default(plain.compression),
  )
  .option('--compaction', 'let the cleaner compact __consumer_offsets', false)
  .addOption(new Option('--mode <mode>').choices(Object.keys(modes)).default('both'))
  .option('--only <scenario>', 'play one scenario, such as streams-stopped')
  .parse()

const { kafka, brokers, compression, compaction, mode, only } = command.opts<Options>()
const one: RunOptions = {
  kafka,
  brokers: brokers === '3' ? 3 : 1,
  compression,
  compaction,
  modes: modes[mode],
  size,
  only,
}
const runs = process.argv.length > 2 ? [one] : longForm

const failed: string[] = []
const waiting = runs.values()
const takeTurns = async () => {
  for (const options of waiting) {
    process.stderr.write(`${titleOf(options)}: about three minutes …\n`)
    const told = tell(await run(options))
    process.stdout.write(`\n${told.text}\n`)
    failed.push(...told.failed)
  }
}
await Promise.all(Array.from({ length: atOnce }, takeTurns))

if (failed.length > 0) process.stdout.write(`\nBars that do not hold:\n- ${failed.join('\n- ')}\n`)
else process.stdout.write('\nAll bars hold.\n')
process.exitCode = failed.length > 0 ? 1 : 0
