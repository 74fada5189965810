import type { AlertState } from '../core/alerts/alert-state.ts'
import { dueMessages, movedOn } from '../core/alerts/alerting.ts'
import { wantsDigest } from '../core/alerts/digest.ts'
import type { AssessedGroups } from '../core/alerts/incidents.ts'
import type { Due } from '../core/alerts/posting.ts'
import { troubleMessages, withHeartbeat } from '../core/alerts/self-check.ts'
import { type WeekFacts, weekMessages, withWeek } from '../core/alerts/week.ts'
import type { Problem } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { newsSince } from '../core/policy.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { iso } from '../core/time.ts'
import { noteworthy, weekFacts } from './assess.ts'
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
 * @throws Failure when Slack did not take a message, or the newest snapshot cannot be used; after all else is done
 */
export async function watch(job: Watch): Promise<WatchResult> {
  const { cluster, channel } = job
  // First the state, then the store: what another run has watched by then must still be there.
  const ledger = await Ledger.open(job.alerts, cluster.name)
  const view = await viewOf(job, ledger.state)
  const { snapshot, isOvertaken } = view
  const result: WatchResult = { cluster: cluster.name, takenAt: null, posted: 0, edited: 0, openIncidents: 0 }

  const dueIn = await observe(job, ledger, view)
  const failures: SlackFailure[] = []
  const tried = new Set<string>()
  for (;;) {
    job.signal?.throwIfAborted()
    const due = await claim(ledger, state => (isOvertaken(state) ? [] : dueIn(state)), tried, job.now)
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

  const sentences: string[] = []
  if (failures[0]) {
    const others = failures.length > 1 ? ` (and ${failures.length - 1} more messages)` : ''
    sentences.push(`Slack: ${failures[0].message}${others} The next run tries again.`)
  }
  for (const [group, error] of [...view.defects].slice(0, 1)) {
    const others = view.defects.size > 1 ? ` and ${view.defects.size - 1} more groups` : ''
    sentences.push(
      `cannot tell of group ${JSON.stringify(group)}${others}: ${String(error)}. This is a defect of offset-watchdog: please report it.`,
    )
  }
  if (view.unusable.length > 0) sentences.push(cannotUse(cluster.name, view))
  if (sentences.length > 0) throw new Failure(sentences.join(' '), { cause: failures[0] })
  const openIncidents = ledger.state.incidents.filter(({ closed }) => closed === null).length
  return { ...result, takenAt: snapshot?.head.takenAt ?? null, openIncidents }
}

/** The newest snapshot that can be used, against what was watched before. */
interface View {
  snapshot: Snapshot | undefined
  /** Why newer snapshots cannot be used, a sentence each. */
  unusable: string[]
  /** It is older than the one that was watched before, which cannot be used any more. */
  isStale: boolean
  /** What failed with a group of which therefore nothing is told. */
  defects: Map<string, unknown>
  /** Another run has watched a newer one since this run began, which has nothing to add then. */
  isOvertaken: (state: AlertState) => boolean
}

async function viewOf(
  { cluster, snapshots, clockSkew, now }: Watch,
  { watched, watchedBy }: AlertState,
): Promise<View> {
  const unusable: string[] = []
  const onSkipped = ({ message }: Problem) => void unusable.push(message)
  const snapshot = await snapshots.newest(cluster.name, { onSkipped })
  const takenAt = snapshot?.head.takenAt ?? Number.NEGATIVE_INFINITY
  const isOlder = watched !== null && takenAt < watched
  // A clock that was ahead took that one, and somebody has removed it since.
  const isPutRight = isOlder && snapshot !== undefined && unusable.length === 0 && watched > now() + clockSkew
  if (isOlder && !isPutRight && unusable.length === 0)
    unusable.push(
      `the snapshot of cluster "${cluster.name}" taken at ${iso(watched)} is no longer in the store`,
    )
  return {
    snapshot,
    defects: new Map(),
    unusable,
    isStale: isOlder && !isPutRight,
    isOvertaken: state => state.watchedBy !== watchedBy && state.watched !== null && takenAt < state.watched,
  }
}

function cannotUse(cluster: string, { snapshot, unusable }: View): string {
  const told = snapshot
    ? `deadlines are told by that of ${iso(snapshot.head.takenAt)}`
    : 'no deadline can be told'
  const why = unusable.slice(0, 5).map(message => message.replace(/\.$/, ''))
  return (
    `cannot use the newest snapshot of cluster "${cluster}", so ${told}: ${why.join('; ')}. Run \`snapshot\`, and see ` +
    'what became of the one before.'
  )
}

/** Moves the state on. @returns what is due in a state, from then on */
async function observe(
  { cluster, clockSkew, interval, digestAt, now: clock }: Watch,
  ledger: Ledger,
  { snapshot, unusable, isStale, isOvertaken, defects }: View,
): Promise<(state: AlertState) => Due[]> {
  const now = clock()
  const postingTakes = POSTING_TAKES
  const pulse = { now, interval, clockSkew, unusable, isStale }
  const troubles = (state: AlertState) =>
    troubleMessages(state, { now: clock(), postingTakes, interval, takenAt: snapshot?.head.takenAt ?? null })
  if (snapshot === undefined) {
    await ledger.update(state => (isOvertaken(state) ? state : withHeartbeat(state, undefined, pulse)))
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
    isStale,
    onDefect: (group: string, error: unknown) => void defects.set(group, error),
  }
  const groups: AssessedGroups = noteworthy(snapshot.commits, context, {
    also: new Set(ledger.state.incidents.map(({ group }) => group)),
    protected: wantsDigest(ledger.state, context),
  })
  await ledger.update(state => {
    if (isOvertaken(state)) return state
    const isNew = !isStale && head.takenAt !== state.watched
    const moved = movedOn(withHeartbeat(state, head, pulse), groups, context)
    const next = withWeek(moved, head, { now, digestAt, isNew })
    return isNew ? { ...next, watched: head.takenAt, watchedBy: ledger.run } : next
  })
  let known: WeekFacts | undefined
  const facts = () => {
    known ??= weekFacts(snapshot.commits, context)
    return known
  }
  return state => {
    const latest = { ...context, now: clock() }
    return [...troubles(state), ...dueMessages(state, groups, latest), ...weekMessages(state, facts, latest)]
  }
}
