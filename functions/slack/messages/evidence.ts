import type { BrokerRetention, Commit } from '../../core/model/commit.ts'
import { date, duration } from './text.ts'

/** The rule by which Kafka deletes this offset at that time, in one sentence. The rules: docs/retention.md. */
export function describeRule({ rule }: Pick<Commit, 'rule'>, retention: BrokerRetention): string {
  const after = retention.retention === null ? 'the retention' : duration(retention.retention)
  switch (rule) {
    case 'simple':
      return `With partitions assigned by hand, Kafka deletes each offset ${after} after its last commit, even while the consumer runs.`
    case 'classic-empty':
      return `Kafka deletes all offsets of this group ${after} after its last member left. Commits do not extend that.`
    case 'classic-unsubscribed':
    case 'consumer-unsubscribed':
    case 'streams-unsubscribed':
      return `The group does not subscribe to this topic, so Kafka deletes the offset ${after} after its last commit.`
    case 'consumer-empty':
    case 'streams-empty':
      return `The group has no members, so Kafka deletes each offset ${after} after its last commit, however short the time without members.`
    case 'explicit':
      return 'The commit itself asked for the time at which it expires, in place of the retention.'
    case 'classic-guarded':
      return `While the group has members, Kafka keeps its offsets. They go ${after} after the last member left.`
    case 'consumer-guarded':
    case 'streams-guarded':
      return `While members subscribe to the topic, Kafka keeps the offset. Without them it goes ${after} after its last commit.`
    case 'unknown':
      return 'A later version of offset-watchdog took this snapshot, by a rule that this version does not know.'
    case 'pending':
      return `An open transaction holds this offset. When it ends, the offset goes ${after} after its last commit.`
  }
}

/** The sentence about the start of Kafka's count. It says if the start is a bound. */
export function describeEvidence(commit: Commit): string {
  const { clockStart, expiresAt, emptySince, valueSeenAt, renewedAt } = commit
  if (expiresAt !== null) return `the commit expires ${date(expiresAt)}.`
  if (clockStart === null) return 'the clock stands still.'

  const { earliest } = clockStart
  if (earliest === null) {
    const since = `since it was first seen, ${date(commit.firstSeenAt)}`
    return emptySince ? `the group has been empty ${since}.` : `it has not changed ${since}.`
  }
  if (commit.evidence === 'exact') {
    return emptySince ? `empty since ${date(earliest)}.` : `last commit ${date(earliest)}.`
  }
  if (renewedAt !== null) {
    const event = emptySince
      ? 'members must have come and gone'
      : 'the same offset must have been committed again'
    return `it outlived its retention, so ${event} after ${date(earliest)}.`
  }
  return emptySince
    ? `not empty before ${date(earliest)}, when members were last seen.`
    : `not committed before ${date(earliest)}, and seen unchanged since ${date(valueSeenAt)}.`
}

export function describeRetention({ broker, retention, source }: BrokerRetention): string {
  if (broker < 0) return 'not known, as no reading of the group’s coordinator is at hand.'

  const length = retention === null ? 'unlimited' : duration(retention)
  switch (source) {
    case 'broker':
      return `${length}, as broker ${broker} has it.`
    case 'settings':
      return `${length}, from the settings, as broker ${broker} does not tell.`
    case 'unknown':
      return `${length}, as a later version of offset-watchdog read it.`
    case 'default':
      return `${length}, Kafka’s default, as broker ${broker} does not tell and the settings name none.`
  }
}
