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
  const choose = isExplicit(selection) ? '' : ' Choose others with --topic, --partition or --all.'
  const notes = [
    ...(hidden ? [describeHidden(hidden, now)] : describeMembers(plan)),
    ...describeMetadata(source, rows),
    ...describeIdentity(rows),
    ...(others > 0 ? [`Not in this plan: ${count(others, 'other offset')}.${choose}`] : []),
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
      : 'No offset is lost or was reset, so there is nothing to write.',
    ...(notes.length > 0 ? [notes.join('\n')] : []),
  ].join('\n\n')
}

function formatSource(source: RestoreSource, now: number): string {
  switch (source.kind) {
    case 'snapshot':
      return `as of the snapshot of ${date(source.takenAt, now, { seconds: true })} UTC, ${span(now - source.takenAt)} ago`
    case 'time':
      return `of the first records at or after ${date(source.time, now, { seconds: true })} UTC`
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
      return 'nothing: already there'
    case 'left-out':
      return 'left out: its records are deleted'
    case 'topic-deleted':
      return wanted.topicId === null ? 'refused: there is no such topic' : 'refused: the topic was deleted'
    case 'topic-recreated':
      return wanted.isContradicted
        ? 'refused: the log shows that the topic was deleted and created again'
        : 'refused: the topic is a new one of the same name'
    case 'no-such-partition':
      return 'refused: the topic has no such partition'
    case 'not-known':
      return 'refused: Kafka does not return the offset or the log now'
    case 'negative':
      return 'refused: the offset is negative'
    case 'beyond-log-end':
      return `refused: ${found.log ? count(target - found.log.end, 'record') : 'somewhere'} beyond the log end`
    case 'below-log-start':
      return `refused: ${atMost((found.log?.start ?? target) - target, 'record')} deleted from there on, see --below-start`
    case 'members':
      return 'refused: the group has members'
    case 'open-transaction':
      return 'refused: an open transaction may commit an offset'
    case 'committed-since':
      return wanted.restored && hasGoneOn(row)
        ? `refused: restored ${date(wanted.restored.at, now)} UTC and moved on since; --again sets it back`
        : 'refused: committed since the snapshot, so the current offset may be right'
  }
}

function formatDifference({ difference, following }: PlanRow): string {
  if (difference !== null && difference < 0n) return `reads ${atMost(-difference, 'record')} again`
  if (difference !== null) return `skips ${atMost(difference, 'record')}`
  return following === null ? 'log not read' : `${atMost(following, 'record')} to read`
}

const describeHidden = ({ offsets, since }: HiddenCommits, now: number) =>
  `The group has no visible members, yet ${count(offsets, 'offset')} changed since ${date(since, now, { seconds: true })} UTC. A person has set them, a consumer with assign() is running, or a tool such as MirrorMaker 2 copies offsets. Stop such a consumer or tool first, because it would overwrite the restored offsets.`

function describeMembers({ kind, state, rows }: ProposedRestore['plan']): string[] {
  if (rows.some(({ verdict }) => verdict === 'members')) {
    return [
      `The group has members (${state}), and Kafka accepts offsets only for a group without members: stop all consumers of the group, then run this command again.`,
    ]
  }
  if (!rows.some(isWritten)) return []
  return [
    'The group has no visible members. A consumer with assign() is never visible: make sure that none is running.',
    ...(kind === 'classic'
      ? [
          'Kafka counts the retention of this group from the time its last member left, not from this commit: start its consumers soon.',
        ]
      : []),
  ]
}

function describeMetadata(source: RestoreSource, rows: readonly PlanRow[]): string[] {
  const without = rows.filter(row => isWritten(row) && row.withoutMetadata).length
  if (without === 0) return []
  return source.kind === 'snapshot'
    ? [
        `The metadata of ${count(without, 'commit')} is not in the snapshot, as the settings say, and is not restored.`,
      ]
    : ['Only offsets are restored: this source has no metadata and no leader epochs.']
}

function describeIdentity(rows: readonly PlanRow[]): string[] {
  const unknown = rows.filter(row => isWritten(row) && isOfUnknownTopic(row))
  if (unknown.length === 0) return []
  const topics = [...new Set(unknown.map(({ topic }) => name(topic)))]
  const some = topics.slice(0, 5).join(', ') + (topics.length > 5 ? ', …' : '')
  return [
    `The cluster reports no topic ids, so ${some} may have been deleted and created again since. The logs show no sign of it; make sure before you write.`,
  ]
}

/** The next step after a dry run. @param command the same command with --execute */
export const nextStepView = ({ plan }: ProposedRestore, command: string): string =>
  plan.rows.some(isWritten)
    ? `Dry run: nothing was written. To write the offsets:\n\n  ${command}`
    : 'There is nothing to write.'

export const questionView = ({ plan }: ProposedRestore): string =>
  `\nTo write ${count(plan.rows.filter(isWritten).length, 'offset')}, type the name of the group`

/** @param wait ms until the offsets are read again */
export const describeStep = (step: RestoreStep, offsets: number, wait: number): string =>
  step === 'written'
    ? `${count(offsets, 'offset')} written; reading back …`
    : `Read back. Reading again in ${wait / 1000} s, in case a hidden consumer overwrites them …`

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
      : `${done} of ${count(rows.length, 'offset')} restored. Run the same command again for the rest${again ? ', limited by --topic and --partition' : ': it leaves restored offsets alone'}.`,
    ...(done === 0 ? [] : [formatLookedAgain(lookedAgainAt, startedAt)]),
  ].join('\n\n')
}

const formatLookedAgain = (lookedAgainAt: number | null, startedAt: number): string =>
  lookedAgainAt === null
    ? 'The offsets were not read a second time: `restore` without --execute shows their current values.'
    : `Read again ${span(lookedAgainAt - startedAt)} after this restore began. This check does not show a hidden consumer that commits the same offset.`

function formatOutcome({ outcome, why }: RowResult): string {
  const because = why === null ? '' : `: ${visible(why)}`
  switch (outcome) {
    case 'restored':
      return `restored, and read back${because}`
    case 'already-there':
      return 'nothing: somebody committed this offset meanwhile'
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
