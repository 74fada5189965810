import type { HiddenCommits } from '../../core/recovery/hidden-commits.ts'
import {
  hasGoneOn,
  isExplicit,
  isOfUnknownTopic,
  isWritten,
  type PartitionSelection,
  type PlanRow,
} from '../../core/recovery/restore-plan.ts'
import type { RestoreResult, RestoreSource, RowResult } from '../../core/recovery/restore-record.ts'
import type { ProposedRestore } from '../../jobs/propose-restore.ts'
import type { RestoreStep } from '../../jobs/restore.ts'
import { atMost, count } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { date, name, span } from './format.ts'
import { table } from './table.ts'

/** The plan as a table, and the facts that the user needs for the decision. */
export function planView({ cluster, source, selection, plan, hidden }: ProposedRestore, now: number): string {
  const { group, kind, state, rows, others } = plan
  const choose = isExplicit(selection) ? '' : ' Choose with --topic, --partition or --all.'
  const notes = [
    ...(hidden ? [describeHidden(hidden, now)] : describeMembers(plan)),
    ...describeMetadata(source, rows),
    ...describeIdentity(rows),
    ...(others > 0 ? [`Left alone: ${count(others, 'other offset')}.${choose}`] : []),
  ]
  const what = kind === 'simple' ? 'simple group' : kind === 'unknown' ? 'group' : `${kind} group`
  return [
    [
      `${cluster} · ${name(group)} · ${state === 'Dead' ? 'no such group now' : `${what}, ${state}`}`,
      `Offsets ${formatSource(source, now)}.`,
    ].join('\n'),
    rows.length > 0
      ? table(
          ['TOPIC', 'PARTITION', 'NOW', 'THEN', 'DIFFERENCE', 'WHAT'],
          rows.map(row => cellsOf(row, now)),
        )
      : 'Nothing of it is gone or was reset, so nothing would be written.',
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n')
}

function formatSource(source: RestoreSource, now: number): string {
  switch (source.kind) {
    case 'snapshot':
      return `as of the snapshot of ${date(source.takenAt, now, { seconds: true })} UTC, ${span(now - source.takenAt)} ago`
    case 'time':
      return `of the first records that are not older than ${date(source.time, now, { seconds: true })} UTC`
    case 'file':
      return `from ${visible(source.path)}`
  }
}

const cellsOf = (row: PlanRow, now: number): string[] => [
  name(row.topic),
  String(row.partition),
  row.currentOffset === null ? '–' : String(row.currentOffset),
  String(row.target),
  row.difference === null ? '–' : `${row.difference > 0n ? '+' : ''}${row.difference}`,
  formatVerdict(row, now),
]

function formatVerdict(row: PlanRow, now: number): string {
  const { verdict, wanted, found, target } = row
  switch (verdict) {
    case 'restore': {
      const { restored } = wanted
      const before =
        row.currentOffset === null || restored === null ? '' : `; was restored ${date(restored.at, now)} UTC`
      return `restore: ${formatDifference(row)}${before}`
    }
    case 'restore-at-log-start':
      return `restore at the log start: skips ${atMost(target - wanted.offset, 'deleted record')}`
    case 'already-there':
      return 'nothing: it is there'
    case 'left-out':
      return 'left out: its records are deleted'
    case 'topic-deleted':
      return wanted.topicId === null ? 'refused: there is no such topic' : 'refused: the topic was deleted'
    case 'topic-recreated':
      return wanted.isContradicted
        ? 'refused: by its log the topic was deleted and created again'
        : 'refused: the topic is another one of that name'
    case 'no-such-partition':
      return 'refused: the topic has no such partition'
    case 'not-known':
      return 'refused: Kafka does not tell its offset, or its log, now'
    case 'negative':
      return 'refused: no offset is negative'
    case 'beyond-log-end':
      return `refused: ${found.log ? count(target - found.log.end, 'record') : 'somewhere'} beyond the log end`
    case 'below-log-start':
      return `refused: ${atMost((found.log?.start ?? target) - target, 'record')} deleted from there on, see --below-start`
    case 'members':
      return 'refused: the group has members'
    case 'open-transaction':
      return 'refused: a transaction is about to commit it'
    case 'committed-since':
      return wanted.restored && hasGoneOn(row)
        ? `refused: was restored ${date(wanted.restored.at, now)} UTC, and has gone on; --again sets it back`
        : 'refused: committed since the snapshot, so it may be right'
  }
}

function formatDifference({ difference, following }: PlanRow): string {
  if (difference !== null && difference < 0n) return `reads ${atMost(-difference, 'record')} again`
  if (difference !== null) return `skips ${atMost(difference, 'record')}`
  return following === null ? 'log not read' : `${atMost(following, 'record')} to read`
}

const describeHidden = ({ offsets, since }: HiddenCommits, now: number) =>
  `Somebody has committed: no members are seen, yet ${count(offsets, 'offset')} changed since ${date(since, now, { seconds: true })} UTC. A person has set them, a consumer with assign() is running, or a tool such as MirrorMaker 2 copies offsets. The last two would overwrite what is put back: stop them first.`

function describeMembers({ kind, state, rows }: ProposedRestore['plan']): string[] {
  if (rows.some(({ verdict }) => verdict === 'members')) {
    return [
      `The group has members (${state}), and Kafka takes offsets only while it has none: stop all its consumers, then run this again.`,
    ]
  }
  if (!rows.some(isWritten)) return []
  return [
    'No members are seen. A consumer that uses assign() is never seen: make sure that none is running.',
    ...(kind === 'classic'
      ? [
          'Kafka counts from when the last member of this group left, not from this commit: start its consumers soon.',
        ]
      : []),
  ]
}

function describeMetadata(source: RestoreSource, rows: readonly PlanRow[]): string[] {
  const without = rows.filter(row => isWritten(row) && row.withoutMetadata).length
  if (without === 0) return []
  return source.kind === 'snapshot'
    ? [`The metadata of ${count(without, 'commit')} was not stored, as the settings say: it is not put back.`]
    : ['Only offsets are put back: their commits’ metadata and leader epochs are not known from there.']
}

function describeIdentity(rows: readonly PlanRow[]): string[] {
  const unknown = rows.filter(row => isWritten(row) && isOfUnknownTopic(row))
  if (unknown.length === 0) return []
  const topics = [...new Set(unknown.map(({ topic }) => name(topic)))]
  const some = topics.slice(0, 5).join(', ') + (topics.length > 5 ? ', …' : '')
  return [
    `The cluster tells no topic ids, so nobody knows whether ${some} was deleted and created again since. The logs do not contradict that it is the same; make sure before you write.`,
  ]
}

/** The next step after a dry run. @param command the same command with --execute */
export const nextStepView = ({ plan }: ProposedRestore, command: string): string =>
  plan.rows.some(isWritten)
    ? `Dry run: nothing was written. To write it:\n\n  ${command}`
    : 'There is nothing to write.'

export const questionView = ({ plan }: ProposedRestore): string =>
  `\nTo write ${count(plan.rows.filter(isWritten).length, 'offset')}, type the name of the group`

/** @param wait ms until the offsets are read again */
export const describeStep = (step: RestoreStep, offsets: number, wait: number): string =>
  step === 'written'
    ? `${count(offsets, 'offset')} written; reading back …`
    : `Read back. Looking again in ${wait / 1000} s, whether a consumer that shows no members overwrites them …`

/** The result of each partition, and the next step. */
export function resultView(
  { rows, lookedAgainAt, startedAt }: RestoreResult,
  { again }: PartitionSelection,
): string {
  const done = rows.filter(({ outcome }) => outcome === 'restored' || outcome === 'already-there').length
  return [
    table(
      ['TOPIC', 'PARTITION', 'OFFSET', 'RESULT'],
      rows.map(row => [name(row.topic), String(row.partition), String(row.target), formatOutcome(row)]),
    ),
    done === rows.length
      ? `Done: ${count(done, 'offset')} restored. Next: \`offset-watchdog snapshot\`, then start one consumer.`
      : `${done} of ${count(rows.length, 'offset')} restored. For the rest run the same command again${again ? ', with --topic and --partition for that alone' : ': it leaves alone what is done'}.`,
    ...(done === 0 ? [] : [formatLookedAgain(lookedAgainAt, startedAt)]),
  ].join('\n\n')
}

const formatLookedAgain = (lookedAgainAt: number | null, startedAt: number): string =>
  lookedAgainAt === null
    ? 'It was not seen whether they stay: `restore` without --execute shows where they are.'
    : `Read again ${span(lookedAgainAt - startedAt)} after this restore began. A hidden consumer that commits the very same offset would not have shown.`

function formatOutcome({ outcome, why }: RowResult): string {
  const because = why === null ? '' : `: ${visible(why)}`
  switch (outcome) {
    case 'restored':
      return `restored, and read back${because}`
    case 'already-there':
      return 'nothing: somebody has put it there meanwhile'
    case 'changed':
    case 'members':
      return `not written${because}`
    case 'failed':
      return `failed${because}`
    case 'unsure':
    case 'unknown':
      return `not known${because}`
    case 'overwritten':
      return `overwritten${because}`
  }
}
