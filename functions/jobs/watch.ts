import type { AlertState } from '../core/alerts/alert-state.ts'
import { type Assessed, desiredMessages, nextState } from '../core/alerts/alerting.ts'
import { isNewSnapshot } from '../core/alerts/context.ts'
import { wantsDigest } from '../core/alerts/digest.ts'
import type { AlertMessage } from '../core/alerts/message.ts'
import { alertedNeverCommitted } from '../core/alerts/never-committed.ts'
import type { WeekFacts } from '../core/alerts/week.ts'
import { lasting } from '../core/evidence/never-committed.ts'
import type { Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { iso } from '../core/time.ts'
import { count } from '../text/count.ts'
import { AlertStateSession } from './alert-state-session.ts'
import { assessmentContext, noteworthy, weekFacts } from './assess.ts'
import type { Alerts, Notifier, SlackFailure, Snapshots } from './ports.ts'
import { reconcile } from './reconcile.ts'

export interface Watch {
  cluster: ClusterSettings
  snapshots: Pick<Snapshots, 'newest'>
  alerts: Alerts
  /** Undefined: Slack is not set, and only events are sent. */
  notifier: Notifier | undefined
  /** ms between two snapshots. */
  interval: number
  /** ms after midnight. */
  digestAt: number
  /** The time zone of `digestAt`; undefined: UTC. */
  digestZone?: string | undefined
  now: () => number
  /** Ends the run before the next message. Due messages stay due. */
  signal?: AbortSignal | undefined
}

export interface WatchResult {
  cluster: string
  /** Start of the snapshot that was watched; null if there is none. */
  takenAt: number | null
  posted: number
  edited: number
  openIncidents: number
}

/**
 * Updates the alert state by the newest snapshot and the clock, and makes Slack show that state if Slack is set.
 * @throws Failure if Slack did not take a message, or the newest snapshot cannot be used; after all else is done
 */
export async function watch(job: Watch): Promise<WatchResult> {
  const { alerts, cluster, notifier, now, signal } = job
  // The state is read first. Otherwise a snapshot that another run watched in between would look as if it were missing
  // from the store.
  const session = await AlertStateSession.open(alerts, cluster.name)
  const view = await viewOf(job, session.state)
  const desired = await follow(job, session, view)
  const { posted, edited, failures } = notifier
    ? await reconcile({ session, notifier, desired, now, signal })
    : { posted: 0, edited: 0, failures: [] }

  const sentences = [
    ...slackSentence(failures),
    ...defectSentence(view),
    ...unusableSentence(cluster.name, view),
  ]
  if (sentences.length > 0) throw new Failure(sentences.join(' '), { cause: failures[0] })
  const openIncidents = session.state.incidents.filter(({ closed }) => closed === null).length
  const takenAt = view.snapshot?.head.takenAt ?? null
  return { cluster: cluster.name, takenAt, posted, edited, openIncidents }
}

/** The newest usable snapshot, compared with the one that was watched before. */
interface View {
  snapshot: Snapshot | undefined
  /** Why newer snapshots cannot be used, a sentence each. */
  unusable: string[]
  /** True if the snapshot is older than the one that was watched before, which cannot be used any more. */
  isStale: boolean
  /** Errors, by the subject that has no messages because of them, such as `group "app"`. */
  defects: Map<string, unknown>
  /** True if another run has watched a newer snapshot since this run began, so this run has nothing to add. */
  isOvertaken: (state: AlertState) => boolean
}

async function viewOf({ cluster, snapshots, now }: Watch, { watched, watchedBy }: AlertState): Promise<View> {
  const unusable: string[] = []
  const onSkipped = ({ message }: Problem) => void unusable.push(message)
  const snapshot = await snapshots.newest(cluster.name, { onSkipped })
  const takenAt = snapshot?.head.takenAt ?? Number.NEGATIVE_INFINITY
  const isOlder = watched !== null && takenAt < watched
  // A clock that was ahead took the watched snapshot, and the snapshot was removed since.
  const isClockCorrected =
    isOlder && snapshot !== undefined && unusable.length === 0 && watched > now() + snapshot.head.clockSkew
  const isStale = isOlder && !isClockCorrected
  if (isStale && unusable.length === 0)
    unusable.push(
      `the snapshot of cluster "${cluster.name}" taken at ${iso(watched)} is no longer in the store`,
    )
  return {
    snapshot,
    defects: new Map(),
    unusable,
    isStale,
    isOvertaken: state => state.watchedBy !== watchedBy && state.watched !== null && takenAt < state.watched,
  }
}

/**
 * Saves the next state.
 * @returns a function for the messages that Slack should show for a state
 */
async function follow(
  { cluster, interval, digestAt, digestZone, now, notifier }: Watch,
  session: AlertStateSession,
  { snapshot, unusable, isStale, isOvertaken, defects }: View,
): Promise<(state: AlertState) => AlertMessage[]> {
  const context = {
    ...assessmentContext(snapshot?.head, { cluster, interval, now: now() }, session.state.watched),
    takenAt: snapshot?.head.takenAt ?? 0,
    neverCommitted: snapshot ? lasting(snapshot.head, interval) : [],
    digestAt,
    digestZone,
    isStale,
    unusable,
    onDefect: (group: string, error: unknown) => void defects.set(`group ${JSON.stringify(group)}`, error),
    onBroken: (subject: string, error: unknown) => void defects.set(subject, error),
  }
  const assessed = snapshot && assess(snapshot)
  await session.update(state => {
    if (isOvertaken(state)) return { state }
    const next = nextState(state, assessed, context)
    const isNew = assessed && isNewSnapshot(state, context)
    return { state: isNew ? { ...next, watched: assessed.head.takenAt, watchedBy: session.run } : next }
  })
  return state =>
    isOvertaken(state)
      ? []
      : desiredMessages(state, assessed, { ...context, now: now(), decidedAt: context.now })

  function assess({ head, commits }: Snapshot): Assessed {
    const groups = noteworthy(commits, context, {
      also: new Set([
        ...session.state.incidents.map(({ group }) => group),
        ...alertedNeverCommitted(context).keys(),
      ]),
      protected: notifier !== undefined && wantsDigest(session.state, context),
    })
    let facts: WeekFacts | undefined
    return {
      head,
      groups,
      weekFacts: () => {
        facts ??= weekFacts(commits, context)
        return facts
      },
    }
  }
}

function slackSentence([first, ...others]: readonly SlackFailure[]): string[] {
  if (first === undefined) return []
  const more = others.length > 0 ? ` ${count(others.length, 'more message')} failed.` : ''
  return [`Slack: ${first.message}${more} The next run tries again.`]
}

function defectSentence({ defects }: View): string[] {
  return [...defects].slice(0, 1).map(([subject, error]) => {
    const more = defects.size > 1 ? ` and ${defects.size - 1} more` : ''
    return `cannot report ${subject}${more}: ${String(error)}. This is a defect of offset-watchdog: please report it.`
  })
}

function unusableSentence(cluster: string, { snapshot, unusable }: View): string[] {
  if (unusable.length === 0) return []
  const told = snapshot
    ? `the deadlines come from the snapshot of ${iso(snapshot.head.takenAt)}`
    : 'no deadline is known'
  const why = unusable.slice(0, 5).map(message => message.replace(/\.$/, ''))
  return [
    `cannot use the newest snapshot of cluster "${cluster}", so ${told}: ${why.join('; ')}. Run \`snapshot\`, and find out ` +
      'what happened to the earlier one.',
  ]
}
