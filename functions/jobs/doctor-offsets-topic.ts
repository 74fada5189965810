import { CommitTable } from '../core/columns/commit-table.ts'
import { CONSUMER_OFFSETS } from '../core/model/topic-partition.ts'
import { isCompacted, type OffsetsTopic, offsetsTopicProblems } from '../core/offsets-topic.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { type Finding, fail, ok, warn } from './finding.ts'

/** Examines whether `__consumer_offsets` will still have the offsets that brokers load at their next restart. */
export function examineOffsetsTopic(now: OffsetsTopic | undefined, newest: Snapshot | undefined): Finding[] {
  if (now === undefined)
    return [warn(CONSUMER_OFFSETS, 'does not show, so what a restart costs cannot be known')]
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
  const says = 'not known: where it is another one than compact, groups lose offsets at a restart'
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
  // A difference is a problem already. An unrelated server does not place groups by a number of partitions.
  if (partitions !== placedOver || newest?.head.withoutLog === 'unrelated') return []
  const before = newest?.head.offsetsTopic
  if (before && newest?.head.mode === 'exact')
    return [ok(subject, `${partitions}, and the commits stand where so many place them`)]
  const since = before ? ' before the newest snapshot' : ''
  const says = `${partitions}: whether somebody raised the number${since}, and the brokers still use a smaller one, cannot be known`
  return [
    warn(
      subject,
      says,
      `Only the records tell: grant READ on the topic ${CONSUMER_OFFSETS}, and take a snapshot.`,
    ),
  ]
}
