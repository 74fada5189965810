import {
  type AlertState,
  emptyAlertState,
  type Incident,
  type Posting,
} from '../../../functions/core/alerts/alert-state.ts'
import { dueMessages, movedOn } from '../../../functions/core/alerts/alerting.ts'
import { wantsDigest } from '../../../functions/core/alerts/digest.ts'
import type { SettleContext } from '../../../functions/core/alerts/incidents.ts'
import { type Due, withPosting } from '../../../functions/core/alerts/posting.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { noteworthy } from '../../../functions/jobs/assess.ts'
import { context, now } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../readings.ts'

/** What a watch does, without the store and Slack: each step is a newest snapshot at a time. */
export class Watcher {
  state: AlertState = emptyAlertState('prod')
  /** Messages that Slack has, by their ts. */
  #sent = 0

  /**
   * Settles what these commits say `later` than the commits' own time, and returns what is due.
   * @param changes of the policy or the times
   */
  see(later: number, commits: Commit[], changes: Partial<SettleContext> = {}): Due[] {
    const at = now + later
    const full = { ...context, now: at, newsSince: at - 7 * DAY, isStale: false, ...changes }
    const known = new Set(this.state.incidents.map(({ group }) => group))
    const digestAt = 8 * HOUR
    const interest = { also: known, protected: wantsDigest(this.state, { now: at, digestAt }) }
    const groups = noteworthy(CommitTable.of(commits), full, interest)
    this.state = movedOn(this.state, groups, { ...full, digestAt })
    return dueMessages(this.state, groups, { ...full, takenAt: at - MINUTE, postingTakes: 2 * MINUTE })
  }

  /** The same, and Slack takes every message; those in a thread follow the one that it belongs to. */
  tell(later: number, commits: Commit[], changes: Partial<SettleContext> = {}): Due[] {
    const due = this.see(later, commits, changes)
    for (const each of due) this.posted(each, now + later)
    return due.length === 0 ? [] : [...due, ...this.tell(later, commits, changes)]
  }

  posted(due: Due, at: number): void {
    const place = due.edits ?? { channel: 'C1', ts: String(++this.#sent) }
    this.#move(due, { status: 'posted', since: at, says: due.says, ...place })
  }

  /** A run has claimed the message, and nobody knows more. */
  claimed(due: Due, at: number): void {
    this.#move(due, { status: 'posting', since: at, says: due.says, channel: null, ts: null })
  }

  #move(due: Due, posting: Posting): void {
    this.state = withPosting(this.state, due, posting)
  }

  /** Kind, level, and how it ended, of each incident. */
  get incidents(): string[] {
    return this.state.incidents.map(summary)
  }
}

const summary = ({ kind, level, closed }: Incident) =>
  [kind, level, closed && `closed: ${closed.why}`].filter(Boolean).join(' ')
