import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { CommittedOffsets } from '../../functions/core/columns/committed-offsets.ts'
import { type MergeOptions, merge } from '../../functions/core/evidence/merge.ts'
import type { BrokerRetention, Commit } from '../../functions/core/model/commit.ts'
import type { Absence, GroupReading, Reading, TopicReading } from '../../functions/core/reading.ts'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A Monday morning. */
export const monday = Date.UTC(2026, 10, 23, 8)

export const clockSkew = MINUTE
export const sevenDays: BrokerRetention = {
  broker: 1,
  retention: 7 * DAY,
  sweep: 10 * MINUTE,
  source: 'broker',
}

/** How long each reading takes. */
export const TAKES = 5 * SECOND

/** A group in one reading. Partitions are written as `topic-partition`. */
export interface SeenGroup extends Omit<GroupReading, 'from' | 'to' | 'absent' | 'unreadable'> {
  offsets: Record<string, SeenOffset>
  absent: string[]
  /** True if a negative offset shows instead of an absence. */
  negative?: boolean
  unreadable: string[]
}

/** An offset, or a whole commit. `pending`: an open transaction has a commit for the same partition. */
export type SeenOffset =
  | bigint
  | { offset: bigint; leaderEpoch?: number; metadata?: string; pending?: boolean }

/** A builder of groups of one kind, in one state. */
export const groupOf =
  (fixed: Pick<SeenGroup, 'kind' | 'state' | 'protocolType'>) =>
  (offsets: Record<string, SeenOffset>, more: Partial<SeenGroup> = {}): SeenGroup => ({
    ...fixed,
    coordinator: 1,
    subscribed: new Set(),
    member: null,
    pendingGuards: true,
    offsets,
    absent: [],
    unreadable: [],
    ...more,
  })

export const simple = groupOf({ kind: 'simple', state: 'Empty', protocolType: '' })
export const emptyClassic = groupOf({ kind: 'classic', state: 'Empty', protocolType: 'consumer' })
export const classic = groupOf({ kind: 'classic', state: 'Stable', protocolType: 'consumer' })
export const emptyConsumer = groupOf({ kind: 'consumer', state: 'Empty', protocolType: 'consumer' })
export const consumer = groupOf({ kind: 'consumer', state: 'Stable', protocolType: 'consumer' })
export const streams = groupOf({ kind: 'streams', state: 'Stable', protocolType: 'streams' })

/** A group that its coordinator no longer knows; all known offsets are gone. */
export const dead = (kind: GroupReading['kind'], ...absent: string[]): SeenGroup =>
  groupOf({ kind, state: 'Dead', protocolType: '' })({}, { absent })

export const subscribedTo = (...topics: string[]) => ({ subscribed: new Set(topics) })

const topicId = 'a0e2c1f4-0000-4000-8000-000000000001'
export const anotherTopicId = 'a0e2c1f4-0000-4000-8000-000000000002'

interface Around {
  topics?: Record<string, Partial<TopicReading>>
  brokers?: BrokerRetention[]
  takes?: number
}

/** A reading that began at `startedAt` and saw these groups. Each log has 100 records, 0 to 99, by default. */
export function aReading(
  startedAt: number,
  groups: Record<string, SeenGroup>,
  { topics = {}, brokers = [sevenDays], takes = TAKES }: Around = {},
): Reading {
  const offsets = new CommittedOffsets()
  const seen = new Map<string, GroupReading>()
  const logs = new Map<string, TopicReading>()

  for (const [name, { offsets: its, negative, ...group }] of Object.entries(groups)) {
    const from = offsets.length
    for (const [key, value] of Object.entries(its)) {
      const { topic, partition } = keyOf(key)
      const {
        offset,
        leaderEpoch = -1,
        metadata = '',
        pending = false,
      } = typeof value === 'bigint' ? { offset: value } : value
      offsets.push(name, topic, partition, offset, leaderEpoch, metadata, pending)
    }
    const unreadable = group.unreadable.map(keyOf)
    const absent = group.absent.map((key): Absence => ({ ...keyOf(key), ...(negative && { negative }) }))
    seen.set(name, { ...group, from, to: offsets.length, absent, unreadable })

    for (const { topic, partition } of [...Object.keys(its).map(keyOf), ...absent, ...unreadable]) {
      const log = logs.get(topic)?.log ?? new Map()
      log.set(partition, { start: 0n, end: 100n })
      logs.set(topic, { id: topicId, deleted: false, log, ...topics[topic] })
    }
  }
  return {
    clusterId: 'cluster-a',
    startedAt,
    finishedAt: startedAt + takes,
    brokers,
    groups: seen,
    offsets,
    topics: logs,
    logSweep: 5 * MINUTE,
    problems: [],
    complete: true,
  }
}

function keyOf(key: string): { topic: string; partition: number } {
  const dash = key.lastIndexOf('-')
  return { topic: key.slice(0, dash), partition: Number(key.slice(dash + 1)) }
}

/** The rows of the snapshot after these readings, oldest first. */
export function rowsAfter(readings: readonly Reading[], options: Partial<MergeOptions> = {}): Commit[] {
  let table = CommitTable.empty(0)
  let previousReadAt: number | null = null
  let retentions: BrokerRetention[] = []
  let offsetsTopic: Reading['offsetsTopic']
  for (const reading of readings) {
    table = merge(table, reading, {
      previousReadAt,
      retentions,
      offsetsTopic: offsetsTopic ?? null,
      clockSkew,
      restored: [],
      keepsMetadata: () => true,
      keepsMembers: () => true,
      keepsGone: () => 90 * DAY,
      ...options,
    })
    previousReadAt = reading.finishedAt
    retentions = reading.brokers
    offsetsTopic = reading.offsetsTopic
  }
  return [...table]
}

/** The only row after these readings. */
export function rowAfter(readings: readonly Reading[], options: Partial<MergeOptions> = {}): Commit {
  const [row, another] = rowsAfter(readings, options)
  if (row === undefined || another !== undefined) throw new Error('these readings do not leave one row')
  return row
}
