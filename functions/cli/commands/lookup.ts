import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { historyJson } from '../../contracts/history.ts'
import { lookupCsv, lookupJson } from '../../contracts/lookup.ts'
import type { Settings } from '../../core/model/settings.ts'
import { ownerOfGroup } from '../../core/policy.ts'
import type { History } from '../../jobs/look-back.ts'
import type { LookUpResult } from '../../jobs/look-up.ts'
import { readable } from '../../wiring/clusters.ts'
import { lookBackIn, lookUpIn } from '../../wiring/lookup.ts'
import { settingsOfEnvironment } from '../../wiring/settings.ts'
import { type LookupFlags, lookupFlags } from '../flags/lookup.ts'
import { print, printError, printJson, warnOfSkipped } from '../terminal/output.ts'
import { historyView } from '../views/history.ts'
import { doubtSentences, lookupView } from '../views/lookup.ts'
import { seekCode } from '../views/seek-code.ts'
import { estimate } from './estimate.ts'

export const addLookup = (program: Command) =>
  lookupFlags(program.command('lookup')).action(async (group: string, flags: LookupFlags) => {
    if (flags.prometheus) return estimate(flags.prometheus, group, flags)
    const { topic, at, csv, json, code, cluster } = flags
    const settings = settingsOfEnvironment()
    const clusters = await readable(settings, cluster)
    const names = clusters.map(({ name }) => name)
    const result = await lookUpIn(settings, { clusters: names, group, topic, at, ...warnOfSkipped })
    const policy = clusters.find(({ name }) => name === result.head.cluster)?.policy
    const owner = policy ? ownerOfGroup(group, policy) : null

    const history = flags.history ? await historyOf(settings, result, flags) : undefined
    for (const doubt of doubtSentences(result, csv || code !== undefined)) printError(doubt)
    if (json) printJson({ ...lookupJson(result, owner), ...(history && { history: historyJson(history) }) })
    else if (csv) process.stdout.write(lookupCsv(result))
    else if (code) print(seekCode(code, result).trimEnd())
    else print(history ? historyView(result, history, Date.now()) : lookupView(result, owner, Date.now()))
  })

function historyOf(
  settings: Settings,
  { head: { cluster }, group }: LookUpResult,
  { topic, at: until = Infinity, since, every }: LookupFlags,
): Promise<History> {
  // main.ts keeps V8's young generation small for snapshots. Reading a hundred snapshots takes a tenth less CPU time if
  // that generation grows.
  setFlagsFromString('--semi-space-growth-factor=2')
  return lookBackIn(settings, { cluster, group, topic, until, since, every, ...warnOfSkipped })
}
