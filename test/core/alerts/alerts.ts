import {
  type AlertState,
  emptyAlertState,
  type Incident,
} from '../../../functions/core/alerts/alert-state.ts'
import { type Assessed, desiredMessages, nextState } from '../../../functions/core/alerts/alerting.ts'
import type { AlertContext } from '../../../functions/core/alerts/context.ts'
import { wantsDigest } from '../../../functions/core/alerts/digest.ts'
import { type DueMessage, diff, withPosted, withPosting } from '../../../functions/core/alerts/message.ts'
import { alertedNeverCommitted } from '../../../functions/core/alerts/never-committed.ts'
import type { SelfCheckContext } from '../../../functions/core/alerts/self-check.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { noteworthy } from '../../../functions/jobs/assess.ts'
import { context, now } from '../../builders/commits.ts'
import { aHead } from '../../slack/messages/heads.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'

export type ContextChanges = Partial<AlertContext & SelfCheckContext>

/** `slow`: ms between the decision about the state and its messages. */
type WatchChanges = ContextChanges & { slow?: number }

/** A watch without the store and Slack. Each step sees a new snapshot. */
export class Watcher {
  state: AlertState = emptyAlertState('prod')
  /** Messages in Slack, by their ts. */
  #sent = 0
  readonly #weekly: boolean

  /** @param weekly false: without the weekly line */
  constructor({ weekly = false } = {}) {
    this.#weekly = weekly
  }

  /**
   * Assesses these commits `later` than their own time, and returns the due messages.
   * @param changes of the policy or the times
   */
  see(later: number, commits: Commit[], { slow = 0, ...changes }: WatchChanges = {}): DueMessage[] {
    const at = now + later
    const times = { now: at, newsSince: at - 7 * DAY, takenAt: at - MINUTE, digestAt: 8 * HOUR }
    const full = { ...context, ...times, isStale: false, unusable: [], ...changes }
    const known = this.state.incidents.map(({ group }) => group)
    const also = new Set([...known, ...alertedNeverCommitted(full).keys()])
    const interest = { also, protected: wantsDigest(this.state, full) }
    const groups = noteworthy(CommitTable.from(commits), full, interest)
    const head = aHead({ takenAt: full.takenAt })
    const weekFacts = () => ({ groups: 0, ignored: 0, nearest: null })
    const assessed: Assessed = { head, groups, weekFacts }
    this.state = { ...nextState(this.state, assessed, full), watched: head.takenAt }
    const desired = desiredMessages(this.state, assessed, {
      ...full,
      now: full.now + slow,
      decidedAt: full.now,
    })
    return diff(
      desired.filter(({ notice }) => this.#weekly || notice.type !== 'week'),
      this.state,
      full,
    )
  }

  /** Like `see`, with a Slack that accepts every message. Replies in a thread follow their parent. */
  tell(later: number, commits: Commit[], changes: WatchChanges = {}): DueMessage[] {
    const due = this.see(later, commits, changes)
    for (const each of due) this.posted(each, now + later)
    return due.length === 0 ? [] : [...due, ...this.tell(later, commits, changes)]
  }

  posted(due: DueMessage, at: number): void {
    const location = due.edits ?? { channel: 'C1', ts: String(++this.#sent) }
    const posting = { status: 'posted', since: at, hash: due.message.hash, ...location } as const
    this.state = withPosted(this.state, due, posting)
  }

  /** A run has claimed the message, and its result is unknown. */
  claimed(due: DueMessage, at: number): void {
    const posting = {
      status: 'posting',
      since: at,
      hash: due.message.hash,
      channel: null,
      ts: null,
    } as const
    this.state = withPosting(this.state, due, posting)
  }

  /** A run has claimed the message, and Slack has refused it. */
  refused(due: DueMessage, at: number): void {
    this.claimed(due, at)
    this.state = withPosting(this.state, due, due.before)
  }

  /** Kind, level and end of each incident. */
  get incidents(): string[] {
    return this.state.incidents.map(summary)
  }
}

const summary = ({ kind, level, closed }: Incident) =>
  [kind, level, closed && `closed: ${closed.why}`].filter(Boolean).join(' ')
