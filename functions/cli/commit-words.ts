import type { Impact } from '../core/impact.ts'
import type { Gone } from '../core/model.ts'
import { type Assessment, timeLeft } from '../core/policy.ts'
import { count, date, span } from './words.ts'

export interface ViewContext {
  /** ms since the epoch. */
  now: number
  /** ms by which the brokers' clocks may differ from ours. */
  clockSkew: number
}

/** The level, or why there is none. */
export function levelWord({ case: policyCase, level }: Assessment): string {
  switch (policyCase) {
    case 'simple':
    case 'assign-while-empty':
    case 'stopped':
      return level ?? 'ok'
    case 'beyond-log-end':
      return level ?? 'beyond log'
    case 'unknown-age':
      return 'unknown'
    case 'protected':
    case 'ignored':
      return policyCase
    case 'loss':
    case 'loss-stopped':
      return 'reset'
    case 'loss-settled':
    case 'topic-deleted':
    case 'same-offset':
    case 'safe':
      return 'ok'
  }
}

/** How long it is certainly still there. */
export function leftWords({ commit }: Assessment, { now, clockSkew }: ViewContext): string {
  const left = timeLeft(commit, now, clockSkew)
  if (left === null) return commit.deadline === null ? '' : 'unknown'
  if (left <= 0) return 'any moment'
  return commit.evidence === 'exact' ? span(left) : `≥ ${span(left)}`
}

/** When it may be deleted. A bound is called one. */
export function deadlineWords({ commit, case: policyCase }: Assessment, { now }: ViewContext): string {
  const { deadline, evidence, expiresAt } = commit
  if (deadline === null) return guardWords(commit, now)
  if (deadline.earliest === null) return `never seen to change; at the latest ${date(deadline.latest, now)}`

  const when = date(deadline.earliest, now)
  if (expiresAt !== null) return `exact: ${when}, as it was committed with`
  if (evidence === 'exact') return `exact: ${when}`
  return `not before ${when}${policyCase === 'same-offset' ? ', commits the same offset' : ''}`
}

function guardWords({ rule, ifStopped }: Assessment['commit'], now: number): string {
  if (ifStopped === null) return 'never: retention is unlimited'
  const guard = rule === 'pending' ? 'kept while its transaction is open' : 'kept while it runs'
  if (ifStopped.earliest === null) return `${guard}; age unknown`
  return ifStopped.earliest <= now ? `${guard}; at the next sweep if it stopped` : guard
}

/** What a consumer without its offset would do, in records. */
export function costWords(impact: Impact): string {
  switch (impact.kind) {
    case 'unknown':
      return 'log not read'
    case 'none':
      return 'nothing, the log is empty'
    case 'below-log-start':
      return `${count(impact.missing, 'record')} deleted unread already`
    case 'beyond-log-end':
      return `is ${count(impact.by, 'record')} beyond the log end`
    case 'reset':
      return `reads ${impact.reprocessed.toLocaleString('en-US')} again, or skips ${impact.skipped.toLocaleString('en-US')}`
  }
}

export const reasonWords = {
  expired: 'expired',
  deleted: 'deleted by somebody',
  'topic-deleted': 'topic deleted',
  unknown: 'expired or deleted',
}

export const goneWords = ({ reason, earliest, latest }: Gone, now: number) =>
  earliest === latest
    ? `${reasonWords[reason]} on ${date(latest, now)}`
    : `${reasonWords[reason]} between ${date(earliest, now)} and ${date(Math.min(latest, now), now)}`
