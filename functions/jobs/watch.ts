import type { AlertState } from '../core/alerts/alert-state.ts'
import { dueMessages, movedOn } from '../core/alerts/alerting.ts'
import { wantsDigest } from '../core/alerts/digest.ts'
import type { AssessedGroups } from '../core/alerts/incidents.ts'
import type { Due } from '../core/alerts/posting.ts'
import { troubleMessages, withHeartbeat } from '../core/alerts/self-check.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { newsSince } from '../core/policy.ts'
import type { Snapshot, SnapshotHead } from '../core/snapshot.ts'
import { noteworthy } from './assess.ts'
import { claim, deliver, keyOf, release } from './deliver.ts'
import { Ledger } from './ledger.ts'
import type { Alerts, Channel, SlackFailure, Snapshots } from './ports.ts'

/** ms; a run that has not saved the outcome of its posting by then has died. */
const POSTING_TAKES = 2 * 60 * 1000

export interface Watch {
  cluster: ClusterSettings
  snapshots: Pick<Snapshots, 'newest'>
  alerts: Alerts
  channel: Channel
  /** ms */
  clockSkew: number
  /** ms between two snapshots. */
  interval: number
  /** ms after midnight UTC. */
  digestAt: number
  now: () => number
  /** Ends the run before the next message; what is due then stays due. */
  signal?: AbortSignal | undefined
}

export interface WatchResult {
  cluster: string
  /** Start of the snapshot that was watched; null where there is none. */
  takenAt: number | null
  posted: number
  edited: number
  openIncidents: number
}

/**
 * Compares the newest snapshot with what Slack was told, and tells it the difference. Each message is saved as an
 * intent, posted, and saved as posted: of two runs at once only one posts, and what was not posted is due again.
 * @throws Failure when Slack did not take a message, after all others have been tried
 */
export async function watch(job: Watch): Promise<WatchResult> {
  const { cluster, channel } = job
  const snapshot = await job.snapshots.newest(cluster.name)
  const ledger = await Ledger.open(job.alerts, cluster.name)
  const result: WatchResult = { cluster: cluster.name, takenAt: null, posted: 0, edited: 0, openIncidents: 0 }
  if (isOlder(snapshot?.head, ledger.state)) return { ...result, takenAt: ledger.state.watched }

  const dueIn = await observe(job, ledger, snapshot)
  const failures: SlackFailure[] = []
  const tried = new Set<string>()
  for (;;) {
    job.signal?.throwIfAborted()
    const due = await claim(
      ledger,
      state => (isOlder(snapshot?.head, state) ? [] : dueIn(state)),
      tried,
      job.now,
    )
    if (due === undefined) break
    tried.add(keyOf(due))
    if (job.signal?.aborted) await release(due, ledger)
    job.signal?.throwIfAborted()
    const failure = await deliver(due, ledger, channel, job.now())
    if (failure) failures.push(failure)
    else if (due.edits) result.edited++
    else result.posted++
    if (failure?.trouble === 'rate-limited') break
  }

  if (failures[0]) {
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more messages)` : ''
    throw new Failure(`Slack: ${failures[0].message}${others} The next run tries again.`, {
      cause: failures[0],
    })
  }
  const openIncidents = ledger.state.incidents.filter(({ closed }) => closed === null).length
  return { ...result, takenAt: snapshot?.head.takenAt ?? null, openIncidents }
}

/** Another run has watched a newer snapshot, maybe just now: this one has nothing to add. */
const isOlder = (head: SnapshotHead | undefined, { watched }: AlertState): boolean =>
  head !== undefined && watched !== null && head.takenAt < watched

/** Moves the state on. @returns what is due in a state, from then on */
async function observe(
  { cluster, clockSkew, interval, digestAt, now: clock }: Watch,
  ledger: Ledger,
  snapshot: Snapshot | undefined,
): Promise<(state: AlertState) => Due[]> {
  const now = clock()
  const postingTakes = POSTING_TAKES
  const troubles = (state: AlertState) =>
    troubleMessages(state, { now: clock(), postingTakes, interval, takenAt: snapshot?.head.takenAt ?? null })
  if (snapshot === undefined) {
    await ledger.update(state => withHeartbeat(state, undefined, { now, interval }))
    return troubles
  }

  const { head } = snapshot
  const context = {
    policy: cluster.policy,
    retention: head.retention,
    now,
    clockSkew,
    newsSince: newsSince(now, ledger.state.watched),
    interval,
    takenAt: head.takenAt,
    postingTakes,
    digestAt,
  }
  const groups: AssessedGroups = noteworthy(snapshot.commits, context, {
    also: new Set(ledger.state.incidents.map(({ group }) => group)),
    protected: wantsDigest(ledger.state, context),
  })
  await ledger.update(state =>
    isOlder(head, state)
      ? state
      : {
          ...movedOn(withHeartbeat(state, head, { now, interval }), groups, context),
          watched: head.takenAt,
        },
  )
  return state => [...troubles(state), ...dueMessages(state, groups, { ...context, now: clock() })]
}
