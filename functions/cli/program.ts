import { Command, CommanderError } from 'commander'
import { Failure } from '../core/failure.ts'
import { toolVersion } from '../wire.ts'
import { addAck } from './ack.ts'
import { addDoctor } from './doctor.ts'
import { Interrupted } from './interruption.ts'
import { addLookup } from './lookup.ts'
import { complain } from './output.ts'
import { addPrune } from './prune.ts'
import { addRestore } from './restore.ts'
import { addRun } from './run.ts'
import { addSnapshot } from './snapshot.ts'
import { addStatus } from './status.ts'
import { addWatch } from './watch.ts'

const program = new Command('offset-watchdog')
  .description(
    "Warns before Kafka deletes a consumer group's committed offsets, and remembers them when it did.",
  )
  .version(toolVersion)
  .option('--debug', 'with an error of this program, print where it came from')
  .addHelpText(
    'after',
    '\nSettings come from the environment or from the file that WATCHDOG_CONFIG names: docs/settings.md.',
  )
  .configureOutput({ outputError: message => complain(oneLine(message)) })
  .exitOverride()

for (const add of [
  addSnapshot,
  addWatch,
  addRun,
  addStatus,
  addLookup,
  addRestore,
  addDoctor,
  addAck,
  addPrune,
])
  add(program)

/** Runs the command that the process was called with, and sets the exit code. */
export async function main(): Promise<void> {
  // `| head` closes the pipe when it has read enough, which is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 3))

  try {
    await program.parseAsync()
  } catch (error) {
    process.exitCode = told(error)
  }
}

/** Commander puts its suggestion on a line of its own. */
function oneLine(message: string): string {
  return message
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
}

/** Says what went wrong in one line, and returns the exit code for it. */
function told(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) return 130

  const isKnown = error instanceof Failure
  complain(
    isKnown
      ? error.message
      : `offset-watchdog itself failed: ${String(error)}. Please report it with what --debug adds.`,
  )
  if (program.opts().debug) console.error(error)
  return isKnown ? error.exitCode : 3
}
