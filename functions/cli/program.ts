import { Command, CommanderError } from 'commander'
import { toolVersion } from '../wiring/settings.ts'
import { Interrupted } from './terminal/interruption.ts'
import { printError, reportError, surviveLostOutput } from './terminal/output.ts'

const program = new Command('offset-watchdog')
  .description(
    'Warns before Kafka deletes the committed offsets of a consumer group, and keeps the last known offsets for a restore.',
  )
  .version(toolVersion)
  .option('--debug', 'print the stack trace of an error')
  .addHelpText(
    'after',
    '\nSettings come from the environment or from the file that WATCHDOG_CONFIG names: see docs/settings.md.',
  )
  .configureOutput({ outputError: message => printError(oneLine(message)) })
  .exitOverride()

/** The commands in the order of the help. Only the command that was called is loaded; the help loads all. */
const commands = {
  snapshot: async () => (await import('./commands/snapshot.ts')).addSnapshot,
  watch: async () => (await import('./commands/watch.ts')).addWatch,
  run: async () => (await import('./commands/run.ts')).addRun,
  status: async () => (await import('./commands/status.ts')).addStatus,
  lookup: async () => (await import('./commands/lookup.ts')).addLookup,
  serve: async () => (await import('./commands/serve.ts')).addServe,
  mcp: async () => (await import('./commands/mcp.ts')).addMcp,
  restore: async () => (await import('./commands/restore.ts')).addRestore,
  doctor: async () => (await import('./commands/doctor.ts')).addDoctor,
  routes: async () => (await import('./commands/routes.ts')).addRoutes,
  ack: async () => (await import('./commands/ack.ts')).addAck,
  mute: async () => (await import('./commands/mute.ts')).addMute,
  ignore: async () => (await import('./commands/ignore.ts')).addIgnore,
  unignore: async () => (await import('./commands/unignore.ts')).addUnignore,
  audit: async () => (await import('./commands/audit.ts')).addAudit,
  prune: async () => (await import('./commands/prune.ts')).addPrune,
}

async function addCommands(): Promise<void> {
  const named = Object.entries(commands).filter(([name]) => name === process.argv[2])
  for (const [, load] of named.length > 0 ? named : Object.entries(commands)) (await load())(program)
}

/** Runs the command of this process's arguments, and sets the exit code. */
export async function main(): Promise<void> {
  surviveLostOutput()
  try {
    await addCommands()
    await program.parseAsync()
  } catch (error) {
    process.exitCode = told(error)
  }
}

/** Commander puts its suggestion on a second line. Its error about a missing argument or option has no remedy. */
function oneLine(message: string): string {
  const line = message
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
  const isMissing = /^(missing required|required option)/.test(line)
  return isMissing ? `${line}: \`offset-watchdog ${process.argv[2]} --help\` shows an example.` : line
}

/** Prints the error in one line, and returns its exit code. */
function told(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Interrupted) return 130
  return reportError(error)
}
