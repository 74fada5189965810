import { type Bounds, type Evidence, isGuarded, type Rule, startsAfterGuard } from '../model/commit.ts'
import type { GroupReading } from '../reading.ts'

/**
 * The retention rule of Kafka that applies to a group's offset of one topic.
 *
 * Kafka: OffsetMetadataManager.cleanupExpiredOffsets, ClassicGroup.offsetExpirationCondition, and isSubscribedToTopic
 * of ClassicGroup, ModernGroup (for consumer groups) and StreamsGroup.
 * @param pending true if a transactional commit of this partition is pending
 * @param explicit true if the offset carries its own expireTimestamp
 */
export function ruleOf(group: GroupReading, topic: string, pending: boolean, explicit: boolean): Rule {
  const rule = ruleOfGroup(group, topic)
  if (isGuarded(rule)) return rule
  if (pending && group.pendingGuards) return 'pending'
  return explicit ? 'explicit' : rule
}

function ruleOfGroup(group: GroupReading, topic: string): Rule {
  const { kind, state, protocolType, subscribed } = group
  switch (kind) {
    case 'classic':
      if (state === 'Empty') return 'classic-empty'
      if (state !== 'Stable' || protocolType !== 'consumer') return 'classic-guarded'
      return isSubscribed(subscribed, topic) ? 'classic-guarded' : 'classic-unsubscribed'

    case 'consumer':
      if (state === 'Empty' || state === 'Dead') return 'consumer-empty'
      return isSubscribed(subscribed, topic) ? 'consumer-guarded' : 'consumer-unsubscribed'

    case 'streams':
      if (state === 'Empty' || state === 'Dead') return 'streams-empty'
      return isSubscribed(subscribed, topic) ? 'streams-guarded' : 'streams-unsubscribed'

    // A group of unknown kind gets the rule under which offsets expire first.
    case 'simple':
    case 'share':
    case 'unknown':
      return 'simple'
  }
}

/**
 * If the subscriptions are unknown, the topic counts as subscribed, as in Kafka's ClassicGroup. `ifStopped` holds the
 * deadline without that guard.
 */
const isSubscribed = (subscribed: ReadonlySet<string> | undefined, topic: string) =>
  subscribed === undefined || subscribed.has(topic)

/** The known moments that may start a clock. */
export interface Moments {
  committed: Bounds
  /** Null except for a classic group that is Empty. */
  emptySince: Bounds | null
  /** Start and end of the current reading, widened by the clock skew. */
  seen: Bounds
  expiresAt: number | null
  /**
   * An expireTimestamp that a later commit may have removed. The earliest deadline must not be later than this time.
   */
  mayExpireAt: number | null
}

export interface Clock {
  evidence: Evidence
  clockStart: Bounds | null
  deadline: Bounds | null
  ifStopped: Bounds | null
}

/** @param retention ms, null if unlimited */
export function clockOf(rule: Rule, moments: Moments, retention: number | null): Clock {
  const start = clockStartOf(rule, moments)
  const end = endOf(start, moments, retention)
  const evidence = moments.expiresAt === null ? evidenceOf(start) : 'exact'
  return isGuarded(rule)
    ? { evidence, clockStart: null, deadline: null, ifStopped: end }
    : { evidence, clockStart: start, deadline: end, ifStopped: null }
}

/** The start of the retention clock; under a guard, the start if the guard ended now. */
const clockStartOf = (rule: Rule, { committed, emptySince, seen }: Moments): Bounds =>
  startsAfterGuard(rule) ? seen : (emptySince ?? committed)

function endOf(start: Bounds, { expiresAt, mayExpireAt }: Moments, retention: number | null): Bounds | null {
  if (expiresAt !== null) return { earliest: expiresAt, latest: expiresAt }
  if (retention === null) return null
  return {
    earliest: start.earliest === null ? null : Math.min(start.earliest + retention, mayExpireAt ?? Infinity),
    latest: start.latest + retention,
  }
}

export function evidenceOf({ earliest, latest }: Bounds): Evidence {
  if (earliest === null) return 'unknown'
  return earliest === latest ? 'exact' : 'observed'
}

/**
 * ms to subtract from a deadline before comparing it with this machine's clock. Stored observed bounds already include
 * the skew.
 */
export const skewOf = (evidence: Evidence, clockSkew: number): number =>
  evidence === 'exact' ? clockSkew : 0
