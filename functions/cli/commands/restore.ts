import type { Command } from 'commander'
import { restoreJson } from '../../contracts/restore.ts'
import { isWritten } from '../../core/recovery/restore-plan.ts'
import { type RestoreResult, restoreCode } from '../../core/recovery/restore-record.ts'
import type { ProposedRestore } from '../../jobs/propose-restore.ts'
import { restorable } from '../../wiring/clusters.ts'
import { openRestore, type RestoreSession } from '../../wiring/restore.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import {
  checkConfirmation,
  type RestoreFlags,
  restoreCommand,
  restoreFlags,
  sourceOf,
} from '../flags/restore.ts'
import { confirm } from '../terminal/confirm.ts'
import { untilInterrupted } from '../terminal/interruption.ts'
import { endWith, print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { userName } from '../terminal/user-name.ts'
import { describeStep, nextStepView, planView, questionView, resultView } from '../views/restore.ts'

export const addRestore = (program: Command) =>
  restoreFlags(program.command('restore')).action(async (group: string, flags: RestoreFlags) => {
    const settings = settingsOfEnvironment()
    const cluster = await restorable(settings, flags.cluster)
    const from = sourceOf(group, flags)
    checkConfirmation(flags)

    using interruption = untilInterrupted()
    await using session = await openRestore(settings, cluster, interruption.signal)
    const { topic, partition: partitions, all = false, belowStart, again, json } = flags
    const selection = { topic, partitions, all, again }
    const proposed = await session.propose({ group, from, selection, belowStart, ...warnOfSkipped })
    if (!json) print(planView(proposed, Date.now()))

    const executes = flags.execute && proposed.plan.rows.some(isWritten)
    const result = executes ? await execute(session, proposed, flags, interruption.signal) : undefined
    if (json) printJson(restoreJson(proposed, result))
    else if (result) print(`\n${resultView(result, proposed.selection)}`)
    else if (proposed.plan.rows.length > 0)
      print(`\n${nextStepView(proposed, restoreCommand(group, cluster.name, flags))}`)
    endWith(restoreCode(proposed.plan, result))
  })

async function execute(
  session: RestoreSession,
  proposed: ProposedRestore,
  { yes }: RestoreFlags,
  signal: AbortSignal,
): Promise<RestoreResult> {
  if (!yes) await confirm(proposed.plan.group, questionView(proposed), { signal })
  const tell = (...step: Parameters<typeof describeStep>) => printError(describeStep(...step))
  const { result, unrecorded } = await session.restore(proposed, userName(), tell)
  if (unrecorded !== null) {
    printError(`The store has no record of this result: ${unrecorded}`)
    endWith(3)
  }
  return result
}
