import { historyJson } from '../../contracts/history.ts'
import { lookupJson } from '../../contracts/lookup.ts'
import { statusJson } from '../../contracts/status.ts'
import { oneError } from '../../core/model/failure.ts'
import type { Settings } from '../../core/model/settings.ts'
import { ownerOfGroup } from '../../core/policy.ts'
import { recoveryFor } from '../../core/recovery/recovery.ts'
import { isTooOld } from '../../core/snapshot.ts'
import type { LookUpResult } from '../../jobs/look-up.ts'
import { UnknownGroup } from '../../jobs/not-found.ts'
import type { CheckedStatus } from '../../jobs/read-status.ts'
import { count } from '../../text/count.ts'
import { readable, readableIn } from '../../wiring/clusters.ts'
import { lookBackIn, lookUpIn } from '../../wiring/lookup.ts'
import { statusOfCluster } from '../../wiring/status.ts'
import { duration, pastTime } from '../flags/options.ts'
import { printError, warnOfSkipped } from '../terminal/output.ts'
import { name, span } from '../views/format.ts'
import { resolution } from '../views/history.ts'
import { doubtSentences, isSameTopic, restoreCommand } from '../views/lookup.ts'
import { adviceSentences } from '../views/lookup-advice.ts'
import { snapshotTitle } from '../views/snapshot.ts'
import { sentenceOf, type Tool } from './protocol.ts'

const inputs = {
  cluster: 'Name of the cluster. Default: all clusters.',
  group: 'Id of the consumer group.',
  topic: 'Only this topic.',
  at: 'The offsets as known at this time, ISO 8601 with zone. Default: now.',
  since: 'Start of the history, ISO 8601 with zone. Default: two weeks before its end.',
  every: 'Longest gap between the snapshots that are read for moves, such as 15m.',
}

/** The tools read the store like the commands with the same names. */
export const toolsOf = (settings: Settings): Tool[] => [
  {
    name: 'status',
    description:
      'The newest snapshot of committed offsets. Without group: the groups that need attention (losses and near deadlines). With group: every offset of the matching groups.',
    inputs: { cluster: inputs.cluster, group: 'Only these groups; * stands for any characters.' },
    required: [],
    answer: args => status(settings, args),
  },
  {
    name: 'lookup',
    description:
      'The last known offsets of one consumer group, including lost and reset ones, the recovery that fits, and the command that shows what a restore would do.',
    inputs: { group: inputs.group, cluster: inputs.cluster, topic: inputs.topic, at: inputs.at },
    required: ['group'],
    answer: async args => {
      const { found, owner } = await lookUpGroup(settings, args)
      return { text: lookupSentences(found).join('\n'), json: lookupJson(found, owner) }
    },
  },
  {
    name: 'history',
    description:
      'How the offsets of one consumer group moved, and when they were lost or reset. Losses and resets are exact.',
    inputs,
    required: ['group'],
    answer: async args => {
      const { found, owner } = await lookUpGroup(settings, args)
      const history = await lookBackIn(settings, {
        cluster: found.head.cluster,
        group: found.group,
        topic: args.topic,
        until: args.at === undefined ? Infinity : pastTime(args.at),
        since: args.since === undefined ? undefined : pastTime(args.since),
        every: args.every === undefined ? undefined : duration(args.every),
        ...warnOfSkipped,
      })
      const lost = history.events.filter(({ kind }) => kind === 'gone' || kind === 'reset').length
      const text = `Group ${name(found.group)}: losses and resets in this time: ${lost}. ${resolution(history.readings.length, history.snapshots, history.every)}`
      return { text, json: { ...lookupJson(found, owner), history: historyJson(history) } }
    },
  },
]

type Arguments = Parameters<Tool['answer']>[0]

/** A cluster that cannot be read does not hide the others. */
async function status(settings: Settings, { cluster, group }: Arguments) {
  const now = Date.now()
  const check = group === undefined ? { maxAge: 2 * settings.interval } : undefined
  const selection = { group, level: check && ('first' as const), ignored: false }
  const asked = { now, selection, check, ...warnOfSkipped, onUnreadableState: printError }
  const { clusters } = await readableIn(settings, [], cluster)
  const outcomes = await Promise.allSettled(clusters.map(stored => statusOfCluster(stored, asked)))
  const statuses = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (statuses.length === 0) throw oneError(outcomes)
  const sentences = statuses.map(found =>
    statusSentence(found, now, settings.interval, check ? 'need attention' : 'match'),
  )
  // A group id is correct if any cluster has it.
  const failed = outcomes.filter(
    outcome => outcome.status === 'rejected' && !(outcome.reason instanceof UnknownGroup),
  )
  if (failed.length > 0) sentences.push(sentenceOf(oneError(failed)))
  return { text: sentences.join('\n'), json: statusJson(statuses) }
}

function statusSentence(
  { head, groups }: CheckedStatus,
  now: number,
  interval: number,
  verb: string,
): string {
  const age = `${span(Math.max(0, now - head.takenAt))} old${isTooOld(head, now, 2 * interval) ? ', which is too old,' : ''}`
  const complete = head.complete ? 'complete' : 'not complete'
  const found = `${groups.length} of ${count(head.counts.groups, 'group')} ${verb}`
  return `Cluster ${name(head.cluster)}: the newest snapshot is ${age} and ${complete}; ${found}.`
}

async function lookUpGroup(settings: Settings, { cluster, group = '', topic, at }: Arguments) {
  const clusters = await readable(settings, cluster)
  const found = await lookUpIn(settings, {
    clusters: clusters.map(({ name }) => name),
    group,
    topic,
    at: at === undefined ? undefined : pastTime(at),
    ...warnOfSkipped,
  })
  const policy = clusters.find(({ name }) => name === found.head.cluster)?.policy
  return { found, owner: policy ? ownerOfGroup(group, policy) : null }
}

function lookupSentences(found: LookUpResult): string[] {
  const { head, group, offsets } = found
  const lost = offsets.filter(({ status }) => status !== 'committed').length
  const recovery = recoveryFor(offsets)
  return [
    `Group ${name(group)}: ${lost} of ${count(offsets.length, 'partition')} lost or reset (${snapshotTitle(head, Date.now())}).`,
    ...doubtSentences(found, false),
    ...(recovery ? adviceSentences(recovery, isSameTopic(offsets)) : []),
    ...(recovery?.fits === 'restore'
      ? [`To see what a restore would do: ${restoreCommand(head.cluster, group, recovery)}`]
      : []),
  ]
}
