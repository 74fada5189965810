import type { AlertState, Posting } from '../core/alert-state.ts'
import { type Due, type DueContext, dueMessages, withPosting } from '../core/due.ts'
import { Failure } from '../core/failure.ts'
import { type AssessedGroups, settle } from '../core/incidents.ts'
import { LOSS_IS_NEWS } from '../core/policy.ts'
import type { ClusterSettings } from '../core/settings.ts'
import { noteworthy } from './assess.ts'
import { Ledger } from './ledger.ts'
import { type Alerts, type Channel, SlackFailure, type Snapshots } from './ports.ts'

/** ms; a run that has not saved the outcome of its posting by then has died. */
const POSTING_TAKES = 2 * 60 * 1000

export interface Watch {
  cluster: ClusterSettings
  snapshots: Pick<Snapshots, 'newest'>
  alerts: Alerts
  channel: Channel
  /** ms */
  clockSkew: number
  now(): number
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
export async function watch({
  cluster,
  snapshots,
  alerts,
  channel,
  ...options
}: Watch): Promise<WatchResult> {
  const snapshot = await snapshots.newest(cluster.name)
  const result: WatchResult = { cluster: cluster.name, takenAt: null, posted: 0, edited: 0, openIncidents: 0 }
  if (snapshot === undefined) return result

  const { head } = snapshot
  const ledger = await Ledger.open(alerts, cluster.name)
  if (isOlder(head, ledger.state)) return { ...result, takenAt: ledger.state.watched }

  const now = options.now()
  const context: DueContext = {
    policy: cluster.policy,
    retention: head.retention,
    now,
    clockSkew: options.clockSkew,
    newsSince: newsSince(now, ledger.state.watched),
    takenAt: head.takenAt,
    postingTakes: POSTING_TAKES,
  }
  const groups = noteworthy(
    snapshot.commits,
    context,
    new Set(ledger.state.incidents.map(({ group }) => group)),
  )
  await ledger.update(state =>
    isOlder(head, state) ? state : { ...settle(state, groups, context), watched: head.takenAt },
  )

  const failures: SlackFailure[] = []
  const tried = new Set<string>()
  for (;;) {
    const due = await claim(ledger, groups, { ...context, now: options.now() }, tried)
    if (due === undefined) break
    tried.add(keyOf(due))
    const failure = await send(due, ledger, channel, options.now())
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
  return { ...result, takenAt: head.takenAt, openIncidents }
}

/** Another run has watched a newer snapshot, maybe just now: this one has nothing to add. */
const isOlder = ({ takenAt }: { takenAt: number }, { watched }: AlertState): boolean =>
  watched !== null && takenAt < watched

/** What was found since the last watch is news, however long that was ago. */
export const newsSince = (now: number, watched: number | null): number =>
  Math.min(now - LOSS_IS_NEWS, watched ?? now)

const keyOf = ({ incident, slots }: Due) => `${incident} ${slots.join()}`

/** Saves the intent to post the first message that is due and that this run has not tried. */
async function claim(
  ledger: Ledger,
  groups: AssessedGroups,
  context: DueContext,
  tried: ReadonlySet<string>,
): Promise<Due | undefined> {
  let due: Due | undefined
  await ledger.update(state => {
    const messages = isOlder(context, state) ? [] : dueMessages(state, groups, context)
    due = messages.find(message => !tried.has(keyOf(message)))
    return due ? withPosting(state, due, intent(due, context.now)) : state
  })
  return due
}

const intent = ({ says, edits }: Due, since: number): Posting => ({
  status: 'posting',
  since,
  says,
  channel: edits?.channel ?? null,
  ts: edits?.ts ?? null,
})

async function send(
  due: Due,
  ledger: Ledger,
  channel: Channel,
  now: number,
): Promise<SlackFailure | undefined> {
  try {
    const sent = await put(due, channel)
    await ledger.update(state =>
      withPosting(state, due, { status: 'posted', since: now, says: due.says, ...sent }),
    )
    return undefined
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    // Where Slack may have taken it, the intent stays: it is due again when it has grown old.
    if (error.trouble !== 'unsure') await ledger.update(state => withPosting(state, due, due.before))
    return error
  }
}

async function put({ edits, notice }: Due, channel: Channel): Promise<{ channel: string; ts: string }> {
  if (edits === undefined) return channel.post(notice)
  try {
    await channel.update(edits, notice)
    return edits
  } catch (error) {
    if (!(error instanceof SlackFailure) || error.trouble !== 'message-gone') throw error
    return channel.post(notice)
  }
}
