import type { BrokerRetention, Commit } from '../../core/model/commit.ts'
import { date, duration } from './text.ts'

/** The rule by which Kafka deletes this offset at that time, in one sentence. The rules: docs/retention.md. */
export function describeRule({ rule }: Pick<Commit, 'rule'>, retention: BrokerRetention): string {
  const after = retention.retention === null ? 'the retention' : duration(retention.retention)
  switch (rule) {
    case 'simple':
      return `If a consumer assigns its partitions by hand, Kafka deletes each offset ${after} after its last commit, even while the consumer runs.`
    case 'classic-empty':
      return `Kafka deletes all offsets of this group ${after} after its last member left. Commits do not extend this time.`
    case 'classic-unsubscribed':
    case 'consumer-unsubscribed':
    case 'streams-unsubscribed':
      return `The group does not subscribe to this topic, so Kafka deletes the offset ${after} after its last commit.`
    case 'consumer-empty':
    case 'streams-empty':
      return `The group has no members, so Kafka deletes each offset ${after} after its last commit. A short time without members is enough.`
    case 'explicit':
      return 'The commit itself set its time of expiry, which replaces the retention.'
    case 'classic-guarded':
      return `Kafka keeps the offsets while the group has members, and deletes them ${after} after the last member left.`
    case 'consumer-guarded':
    case 'streams-guarded':
      return `Kafka keeps the offset while members subscribe to the topic. Without such members, Kafka deletes the offset ${after} after its last commit.`
    case 'unknown':
      return 'A later version of offset-watchdog took this snapshot. This version does not know the rule.'
    case 'pending':
      return `An open transaction holds this offset. After the transaction, Kafka deletes the offset ${after} after its last commit.`
  }
}

/** The sentence about the start of Kafka's count, which says if the start is a bound. */
export function describeEvidence(commit: Commit): string {
  const { clockStart, expiresAt, emptySince, valueSeenAt, renewedAt } = commit
  if (expiresAt !== null) return `the commit expires ${date(expiresAt)}.`
  if (clockStart === null) return 'the retention clock is stopped.'

  const { earliest } = clockStart
  if (earliest === null) {
    const since = `since it was first seen, ${date(commit.firstSeenAt)}`
    return emptySince ? `the group has been empty ${since}.` : `the offset has not changed ${since}.`
  }
  if (commit.evidence === 'exact') {
    return emptySince ? `empty since ${date(earliest)}.` : `last commit ${date(earliest)}.`
  }
  if (renewedAt !== null) {
    const event = emptySince
      ? 'members must have come and gone'
      : 'the same offset must have been committed again'
    return `the offset outlived its retention, so ${event} after ${date(earliest)}.`
  }
  return emptySince
    ? `the group had members until at least ${date(earliest)}.`
    : `the last commit was no earlier than ${date(earliest)}, and the offset is unchanged since ${date(valueSeenAt)}.`
}

export function describeRetention({ broker, retention, source }: BrokerRetention): string {
  if (broker < 0) return 'unknown, because the watchdog has not read the group’s coordinator.'

  const length = retention === null ? 'unlimited' : duration(retention)
  switch (source) {
    case 'broker':
      return `${length}, as set on broker ${broker}.`
    case 'settings':
      return `${length}, from the settings, because broker ${broker} does not show its value.`
    case 'unknown':
      return `${length}, according to a later version of offset-watchdog.`
    case 'default':
      return `${length}, Kafka’s default, because broker ${broker} does not show its value and the settings have none.`
  }
}
