import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import { restoreJson } from '../../contracts/restore.ts'
import { Failure } from '../../core/model/failure.ts'
import { isRefused, isWritten } from '../../core/recovery/restore-plan.ts'
import type { RestoreResult } from '../../core/recovery/restore-record.ts'
import { type ProposedRestore, proposeRestore } from '../../jobs/propose-restore.ts'
import { restore } from '../../jobs/restore.ts'
import { count } from '../../text/count.ts'
import { restorable } from '../../wiring/clusters.ts'
import { type WritableKafka, writableKafka } from '../../wiring/restore.ts'
import { settingsOfEnvironment, toolVersion } from '../../wiring/settings.ts'
import { restoresOf, snapshotsOf } from '../../wiring/store.ts'
import { confirm } from '../terminal/confirm.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { endWith, print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { userName } from '../terminal/user-name.ts'
import { planView, resultView } from '../views/restore.ts'
import { clusterOption, jsonOption, pastTime } from './options.ts'
import { commandOf, numbers, type RestoreOptions, sourceOf } from './restore-options.ts'

/** ms: a consumer that commits by itself does so every 5 s by default. */
const LOOK_AGAIN_AFTER = 30_000
const PATIENCE = 60_000

export const addRestore = (program: Command) =>
  program
    .command('restore')
    .description('put lost offsets of a group back: shows a plan, and writes to Kafka only with --execute')
    .argument('<group>', 'group id')
    .addOption(
      new Option('--at <time>', 'the offsets as known at this time, ISO 8601 with zone')
        .argParser(pastTime)
        .conflicts(['toTime', 'fromFile']),
    )
    .addOption(
      new Option(
        '--to-time <time>',
        'the first records that are not older than this, from the logs themselves',
      )
        .argParser(pastTime)
        .conflicts('fromFile'),
    )
    .option('--from-file <path>', 'CSV of topic,partition,offset, as `lookup --csv` writes it')
    .option('--topic <topic>', 'only this topic, and not only what is gone or was reset')
    .addOption(
      new Option('--partition <numbers>', 'only these, such as 0,3; not only what is gone').argParser(
        numbers,
      ),
    )
    .addOption(
      new Option('--all', 'all partitions, not only what is gone or was reset').conflicts([
        'topic',
        'partition',
      ]),
    )
    .addOption(
      new Option('--below-start <what>', 'where the records are deleted')
        .choices(['refuse', 'earliest', 'skip'])
        .default('refuse'),
    )
    .option('--again', 'also set back what was restored before and has gone on since')
    .option('--execute', 'write it, after asking for the name of the group')
    .option('--yes', 'with --execute: do not ask')
    .addOption(clusterOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
The consumers of the group have to be stopped. Without --execute nothing is written.
Exit codes: 0 done, or can be done; 1 not all of it: something is refused, has changed meanwhile or was overwritten;
2 usage or settings; 3 failed. To run it again leaves alone what is done. docs/recovery.md: what to do, by situation.

Examples:
  $ offset-watchdog restore orders
  $ offset-watchdog restore orders --execute
  $ offset-watchdog restore orders --at 2026-11-22T14:00Z --topic team.orders --execute --yes
  $ offset-watchdog restore orders --to-time 2026-11-22T14:00Z --topic team.orders
  $ offset-watchdog restore -- --a-group-that-begins-with-dashes`,
    )
    .action(async (group: string, options: RestoreOptions) => {
      const settings = settingsOfEnvironment()
      const cluster = await restorable(settings, options.cluster)
      const from = sourceOf(group, options)
      if (options.yes && !options.execute) {
        throw new Failure(
          '--yes is for --execute, without which nothing is written: add that, or leave it out.',
          {
            exitCode: 2,
          },
        )
      }
      if (options.execute && !options.yes && !process.stdin.isTTY) {
        throw new Failure('nobody is here to confirm: --execute needs --yes where there is no terminal.', {
          exitCode: 2,
        })
      }

      using interruption = untilInterrupted()
      await using kafka = await writableKafka(cluster, interruption.signal)
      const restores = restoresOf(settings)
      const { topic, partition: partitions, all = false, belowStart, again } = options
      const proposed = await proposeRestore({
        cluster: cluster.name,
        group,
        from,
        selection: { topic, partitions, all },
        belowStart,
        again,
        kafka,
        snapshots: snapshotsOf(settings),
        restores,
        ...warnOfSkipped,
      })
      if (!options.json) print(planView(proposed, Date.now()))

      const executes = options.execute && proposed.plan.rows.some(isWritten)
      const result = executes
        ? await execute(proposed, options, { kafka, restores, signal: interruption.signal })
        : undefined
      if (options.json) printJson(restoreJson(proposed, result))
      else if (result) print(`\n${resultView(result, again)}`)
      else if (proposed.plan.rows.length > 0) print(`\n${ending(proposed, cluster.name, options)}`)
      endWith(codeOf(proposed, result))
    })

async function execute(
  proposed: ProposedRestore,
  { yes }: RestoreOptions,
  {
    kafka,
    restores,
    signal,
  }: { kafka: WritableKafka; restores: ReturnType<typeof restoresOf>; signal: AbortSignal },
): Promise<RestoreResult> {
  const { group, rows } = proposed.plan
  const offsets = count(rows.filter(isWritten).length, 'offset')
  if (!yes) await confirm(group, `\nTo write ${offsets}, type the name of the group`, { signal })

  const { result, unrecorded } = await restore({
    proposed,
    kafka,
    restores,
    by: { user: userName(), host: hostname() },
    toolVersion,
    now: Date.now,
    lookAgainAfter: LOOK_AGAIN_AFTER,
    patience: PATIENCE,
    signal,
    tell: (step, written) =>
      printError(
        step === 'written'
          ? `${count(written, 'offset')} written; reading back …`
          : `Read back. Looking again in ${LOOK_AGAIN_AFTER / 1000} s, whether a consumer that shows no members overwrites them …`,
      ),
  })
  if (unrecorded !== null) {
    printError(`What follows is not in the store: ${unrecorded}`)
    endWith(3)
  }
  return result
}

/** What to do next, where nothing was written. */
function ending({ plan }: ProposedRestore, cluster: string, options: RestoreOptions): string {
  if (!plan.rows.some(isWritten)) return 'There is nothing to write.'
  return `Dry run: nothing was written. To write it:\n\n  ${commandOf(plan.group, cluster, options)}`
}

function codeOf({ plan }: ProposedRestore, result: RestoreResult | undefined): 0 | 1 | 3 {
  const outcomes = result?.rows.map(({ outcome }) => outcome) ?? []
  if (outcomes.some(outcome => outcome === 'failed' || outcome === 'unsure')) return 3
  const isDone = outcomes.every(outcome => outcome === 'restored' || outcome === 'already-there')
  return isDone && !plan.rows.some(isRefused) ? 0 : 1
}
