import { hasNoMembers } from '../model/group-state.ts'
import { keyOf, type TopicPartition } from '../model/topic-partition.ts'
import type { CurrentGroup, CurrentPartition } from './current-group.ts'
import { hasMovedBack, type LastSeen } from './same-topic.ts'

/** The offset that a person wants a group to have in one partition. */
export interface Wanted extends TopicPartition {
  offset: bigint
  leaderEpoch: number | null
  /** Null if unknown: it was not stored, or the offset is not from a commit. */
  metadata: string | null
  /** Id of the topic that the offset belongs to; null if unknown. */
  topicId: string | null
  /** Undefined if the offset was never seen. */
  lastSeen?: LastSeen | undefined
  /**
   * True if the log shows that the topic was recreated since the offset was last seen. For clusters without topic ids.
   */
  isContradicted?: boolean
  /** The state of the partition in the newest snapshot. */
  known: Known
  /**
   * The last restore that wrote this offset, or may have written it. After a loss, only restores since the loss count.
   * Null if there is none.
   */
  restored: Restored | null
}

export interface Restored {
  /** ms since the epoch */
  at: number
  /** The offset that the restore wrote. A group with another offset has committed since. */
  offset: bigint
}

export type Known =
  /** The newest snapshot knows of no loss. */
  | { status: 'committed' }
  | { status: 'gone'; lost: bigint }
  | { status: 'reset'; lost: bigint; resetTo: bigint }

/** The partitions to restore. By default those that are gone or were reset. */
export interface PartitionSelection {
  topic: string | undefined
  partitions: readonly number[] | undefined
  all: boolean
  /**
   * True to overwrite offsets that were restored before and have been committed since. If false, a restore can be
   * repeated without harm.
   */
  again?: boolean | undefined
}

/** The choice for an offset whose records are deleted. */
export type BelowStart = 'refuse' | 'earliest' | 'skip'

export const written = ['restore', 'restore-at-log-start'] as const
export const settled = ['already-there', 'left-out'] as const
export const refused = [
  'topic-deleted',
  'topic-recreated',
  'no-such-partition',
  'not-known',
  'negative',
  'beyond-log-end',
  'below-log-start',
  'members',
  'open-transaction',
  'committed-since',
] as const

export type Verdict = (typeof written)[number] | (typeof settled)[number] | (typeof refused)[number]

/** The plan for one partition, and its consequences. */
export interface PlanRow extends TopicPartition {
  verdict: Verdict
  /** Null if the group has no offset, or none that could be read. */
  currentOffset: bigint | null
  /** The offset that the restore would write. */
  target: bigint
  /**
   * Records from the current offset to the target: a negative number is read again, a positive one skipped. Null
   * without a current offset.
   */
  difference: bigint | null
  /** Records in the log from the target on; null if the log could not be read. */
  following: bigint | null
  leaderEpoch: number | null
  metadata: string
  /** True if the commit's metadata was not stored, so that the offset is restored without metadata. */
  withoutMetadata: boolean
  wanted: Wanted
  /** The state in Kafka when the plan was made. */
  found: CurrentPartition
}

export interface RestorePlan {
  group: string
  kind: CurrentGroup['kind']
  state: string
  /** Sorted by topic and partition. */
  rows: PlanRow[]
  /** Number of the group's known partitions that were not selected. */
  others: number
}

interface PlanOptions {
  selection: PartitionSelection
  belowStart: BelowStart
  known?: readonly TopicPartition[]
}

/**
 * The plan of a restore, partition by partition. Sends no request and writes nothing.
 * @param wanted each partition once; each must be among those of `current`
 * @param known all other known partitions of the group
 */
export function planRestore(
  group: string,
  wanted: readonly Wanted[],
  current: CurrentGroup,
  { selection, belowStart, known = [] }: PlanOptions,
): RestorePlan {
  const found = new Map(current.partitions.map(partition => [keyOf(partition), partition]))
  const explicit = isExplicit(selection)

  const rows = wanted.flatMap(asked => {
    const partition = found.get(keyOf(asked))
    if (partition === undefined || !isSelected(asked, partition, selection)) return []
    const row = planRow(asked, partition, current, belowStart)
    const isDoubtful = hasGoneOn(row) ? !selection.again : !explicit && fateOf(asked, partition) === 'went-on'
    return isDoubtful && isWritten(row) ? { ...row, verdict: 'committed-since' as const } : row
  })
  rows.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
  const others = new Set([...known, ...wanted].map(keyOf))
  for (const row of rows) others.delete(keyOf(row))
  return { group, kind: current.kind, state: current.state, rows, others: others.size }
}

/** True if the user has chosen what to restore. */
export const isExplicit = ({ topic, partitions, all }: PartitionSelection): boolean =>
  all || topic !== undefined || partitions !== undefined

/** True if it is impossible to know whether the topic is still the same, because the cluster has no topic ids. */
export const isOfUnknownTopic = ({ wanted, found }: PlanRow): boolean =>
  wanted.lastSeen !== undefined && (wanted.topicId === null || found.topicId === null)

/** True if the offset was restored and has changed since. */
export const hasGoneOn = ({ currentOffset, wanted: { restored } }: PlanRow): boolean =>
  currentOffset !== null && restored !== null && currentOffset !== restored.offset

export const isWritten = ({ verdict }: { verdict: string }): boolean =>
  written.some(value => value === verdict)
export const isRefused = ({ verdict }: Pick<PlanRow, 'verdict'>): boolean =>
  refused.some(value => value === verdict)

/**
 * True if a row of the plan still holds: same topic, same verdict, same offset to write, and no commit since.
 * @param found the current state of the row's partition
 */
export function holds(
  row: PlanRow,
  found: CurrentPartition,
  group: CurrentGroup,
  belowStart: BelowStart,
): boolean {
  if (!isSameCommit(row.found.committed, found.committed)) return false
  if (isAnother(row.found.topicId, found.topicId)) return false
  if (found.topicId === null && hasMovedBack(row.found.log, found.log)) return false
  const again = planRow(row.wanted, found, group, belowStart)
  return again.verdict === row.verdict && again.target === row.target
}

/** True if two readings show the same commit. A second commit of the same offset shows only in the log. */
function isSameCommit(a: CurrentPartition['committed'], b: CurrentPartition['committed']): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b
  return a.offset === b.offset && a.leaderEpoch === b.leaderEpoch && a.metadata === b.metadata
}

function isSelected(wanted: Wanted, found: CurrentPartition, selection: PartitionSelection): boolean {
  if (!isExplicit(selection)) return fateOf(wanted, found) !== 'committed'
  const { topic, partitions } = selection
  return (topic ?? wanted.topic) === wanted.topic && (partitions?.includes(wanted.partition) ?? true)
}

/**
 * The fate of a loss so far. `went-on`: the group may have recovered and committed since, so that a restore would set
 * it back.
 */
function fateOf(
  { known }: Wanted,
  { committed }: CurrentPartition,
): 'committed' | 'gone' | 'reset' | 'went-on' {
  if (committed === 'none') return 'gone'
  if (known.status === 'committed') return 'committed'
  const isPast = typeof committed !== 'string' && committed.offset > known.lost
  const wasBelow = known.status === 'gone' || known.resetTo < known.lost
  return isPast && wasBelow ? 'went-on' : 'reset'
}

function planRow(
  wanted: Wanted,
  found: CurrentPartition,
  group: CurrentGroup,
  belowStart: BelowStart,
): PlanRow {
  const { topic, partition, offset, leaderEpoch, metadata } = wanted
  const { committed, log } = found
  const currentOffset = typeof committed === 'string' ? null : committed.offset

  const isBelow = log !== null && offset < log.start
  const isMoved = isBelow && offset >= 0n && belowStart === 'earliest'
  const target = isMoved ? log.start : offset
  return {
    topic,
    partition,
    verdict: verdictOf(wanted, found, group, target, belowStart),
    currentOffset,
    target,
    difference: currentOffset === null ? null : target - currentOffset,
    following: log && log.end - (target < log.start ? log.start : target),
    // Leader epoch and metadata belong to the committed offset, not to the log start.
    leaderEpoch: isMoved ? null : leaderEpoch,
    metadata: isMoved ? '' : (metadata ?? ''),
    withoutMetadata: metadata === null,
    wanted,
    found,
  }
}

/**
 * The first verdict that applies. Order: the topic or the offset is wrong, nothing has to be written, the offset cannot
 * be written now.
 */
function verdictOf(
  wanted: Wanted,
  { presence, topicId, committed, log }: CurrentPartition,
  group: CurrentGroup,
  target: bigint,
  belowStart: BelowStart,
): Verdict {
  if (presence === 'topic-deleted' || presence === 'no-such-partition') return presence
  if (isAnother(wanted.topicId, topicId) || wanted.isContradicted) return 'topic-recreated'
  if (presence === 'not-known' || committed === 'not-known' || log === null) return 'not-known'

  // The broker accepts any offset. A consumer that starts at one of these would reset.
  if (target < 0n) return 'negative'
  if (target > log.end) return 'beyond-log-end'
  if (target < log.start) return belowStart === 'skip' ? 'left-out' : 'below-log-start'

  if (typeof committed !== 'string' && committed.offset === target) return 'already-there'
  if (!hasNoMembers(group)) return 'members'
  if (committed === 'pending') return 'open-transaction'
  return target === wanted.offset ? 'restore' : 'restore-at-log-start'
}

const isAnother = (topicId: string | null, found: string | null): boolean =>
  topicId !== null && found !== null && topicId !== found
