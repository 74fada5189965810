import { CommitTable } from '../core/columns/commit-table.ts'
import { CONSUMER_OFFSETS } from '../core/model/topic-partition.ts'
import { isCompacted, type OffsetsTopic, offsetsTopicProblems } from '../core/offsets-topic.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Examines whether `__consumer_offsets` will still have the offsets that brokers load at their next restart. */
export function examineOffsetsTopic(now: OffsetsTopic | undefined, newest: Snapshot | undefined): Finding[] {
  if (now === undefined)
    return [warn(CONSUMER_OFFSETS, 'is not visible, so the risk of a broker restart is not known')]
  const before = newest?.head.offsetsTopic ?? null
  const problems = offsetsTopicProblems(now, before, newest?.commits ?? CommitTable.empty(0))
  return [
    ...problems.map(({ message }) => fail(CONSUMER_OFFSETS, message)),
    ...policy(now),
    replication(now),
    ...placement(now, newest),
  ]
}

function policy(topic: OffsetsTopic): Finding[] {
  const subject = `cleanup.policy of ${CONSUMER_OFFSETS}`
  if (!isCompacted(topic)) return []
  if (topic.cleanupPolicy !== null) return [ok(subject, topic.cleanupPolicy)]
  const says = 'not known: groups lose offsets at a broker restart if it is not compact'
  return [warn(subject, says, `Grant DESCRIBE_CONFIGS on the topic ${CONSUMER_OFFSETS}.`)]
}

function replication({ replicas }: OffsetsTopic): Finding {
  const subject = `replication factor of ${CONSUMER_OFFSETS}`
  if (replicas > 1) return ok(subject, String(replicas))
  const says = '1: if a broker loses its disk, its groups lose their offsets'
  return warn(subject, says, 'Give it more replicas with kafka-reassign-partitions.')
}

/** The number of partitions by which the brokers place groups. No request returns this number. */
function placement({ partitions, placedOver }: OffsetsTopic, newest: Snapshot | undefined): Finding[] {
  const subject = `partitions of ${CONSUMER_OFFSETS}`
  // If the numbers differ, the snapshot reports a problem already. An unrelated server does not place groups by a
  // number of partitions.
  if (partitions !== placedOver || newest?.head.withoutLog === 'unrelated') return []
  const before = newest?.head.offsetsTopic
  if (before && newest?.head.mode === 'exact')
    return [ok(subject, `${partitions}: the commits are where this number of partitions places them`)]
  const since = before ? ' before the newest snapshot' : ''
  const says = `${partitions}: the brokers may still use a smaller number, if somebody raised it${since}`
  return [
    warn(
      subject,
      says,
      `Only the records show this: grant READ on the topic ${CONSUMER_OFFSETS}, and take a snapshot.`,
    ),
  ]
}
