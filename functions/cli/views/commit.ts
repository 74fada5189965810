import { type Impact, isOutOfLog } from '../../core/impact.ts'
import type { Gone } from '../../core/model/commit.ts'
import { type Assessment, timeLeft } from '../../core/policy.ts'
import { atMost, count } from '../../text/count.ts'
import { date, span, upTo } from './format.ts'

/** The level of an offset that exists, or the reason why it has none. */
export function formatLevel({ case: policyCase, level, impact }: Assessment): string {
  // The next start resets a consumer of this group, so the deadline does not matter.
  if (policyCase === 'beyond-log-end') return 'beyond log'
  if (level !== null) return level
  if (isOutOfLog(impact)) return impact.kind === 'beyond-log-end' ? 'beyond log' : 'below log'
  if (policyCase === 'unknown-age') return 'unknown'
  return policyCase === 'protected' ? policyCase : 'ok'
}

/** Time until the deadline that is shown. */
export function formatTimeLeft({ commit }: Assessment, now: number): string {
  const left = timeLeft(commit, now)
  if (left === null) return commit.deadline === null ? '' : 'unknown'
  if (left <= 0) return 'any moment'
  return commit.evidence === 'exact' ? span(left) : `≥ ${span(left)}`
}

/** The time when Kafka may delete the offset. A bound is labelled as one. */
export function formatDeadline({ commit, standing, case: policyCase }: Assessment, now: number): string {
  const { deadline, evidence, expiresAt } = commit
  if (deadline === null) return formatGuard(commit, standing)
  if (deadline.earliest === null) return `not seen to change yet; at the latest ${date(deadline.latest, now)}`

  const when = date(deadline.earliest, now)
  if (expiresAt !== null) return `exact: ${when}, set by the commit itself`
  if (evidence === 'exact') return `exact: ${when}`
  return `not before ${when}${policyCase === 'same-offset' ? ', commits the same offset' : ''}`
}

function formatGuard({ rule, ifStopped }: Assessment['commit'], standing: Assessment['standing']): string {
  if (ifStopped === null) return 'never: retention is unlimited'
  const guard = rule === 'pending' ? 'kept while its transaction is open' : 'kept while it runs'
  if (ifStopped.earliest === null) return `${guard}; age unknown`
  return standing === 'protected' ? `${guard}; gone at the next sweep if it stopped` : guard
}

/** The cost of a lost offset for its consumer, in records. */
export function formatImpact(impact: Impact): string {
  switch (impact.kind) {
    case 'unknown':
      return 'log not read'
    case 'none':
      return 'nothing, the log is empty'
    case 'below-log-start':
      return `${atMost(impact.missing, 'record')} already deleted unread`
    case 'beyond-log-end':
      return `is ${count(impact.by, 'record')} beyond the log end`
    case 'reset':
      return `reads ${upTo(impact.reprocessed)} again, or skips ${upTo(impact.skipped)}`
  }
}

export const goneReasons = {
  expired: 'expired',
  deleted: 'deleted by somebody',
  'topic-deleted': 'topic deleted',
  negative: 'a negative offset was committed',
  'offsets-topic': 'lost by __consumer_offsets',
  unknown: 'expired or deleted',
}

export const formatGone = ({ reason, earliest, latest }: Gone, now: number) =>
  earliest === latest
    ? `${goneReasons[reason]} on ${date(latest, now)}`
    : `${goneReasons[reason]} between ${date(earliest, now)} and ${date(Math.min(latest, now), now)}`
