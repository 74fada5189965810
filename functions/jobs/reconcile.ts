import type { AlertState, Posting } from '../core/alerts/alert-state.ts'
import {
  type AlertMessage,
  type DeliveryTarget,
  type DueMessage,
  diff,
  type MessageLocation,
  withPosted,
  withPosting,
} from '../core/alerts/message.ts'
import { HOUR } from '../core/time.ts'
import type { AlertStateSession } from './alert-state-session.ts'
import { type Notifier, SlackFailure } from './ports.ts'

/** The search of Slack's history starts this many ms before the intent, since Slack's clock may differ. */
const LOOK_BACK = HOUR

/** A message that cannot be searched for is posted again after this many ms. Posting twice is better than never. */
const LOOK_FOR = HOUR

export interface Reconcile {
  session: AlertStateSession
  notifier: Notifier
  /** The messages that Slack should show for a state: all messages, or the messages of one incident. */
  desired: (state: AlertState) => AlertMessage[]
  /** ms since the epoch */
  now: () => number
  /** Ends the run before the next message. */
  signal?: AbortSignal | undefined
}

export interface Reconciled {
  posted: number
  edited: number
  /** Messages that Slack did not take; the next run tries again. */
  failures: SlackFailure[]
}

/**
 * Posts messages that Slack lacks, and edits those that differ. Each message is saved as an intent, posted, and saved
 * as posted, so that only one of two parallel runs posts it. A message that fails does not stop the others, unless
 * Slack asks to wait.
 */
export async function reconcile(job: Reconcile): Promise<Reconciled> {
  const { session, signal } = job
  const result: Reconciled = { posted: 0, edited: 0, failures: [] }
  const tried = new Set<string>()
  for (;;) {
    signal?.throwIfAborted()
    const due = await claim(job, tried)
    if (due === undefined) return result
    tried.add(due.message.key)
    if (signal?.aborted) await release(due, session)
    signal?.throwIfAborted()
    const failure = await deliver(due, job)
    if (failure) result.failures.push(failure)
    else if (due.edits) result.edited++
    else result.posted++
    if (failure?.trouble === 'rate-limited') return result
  }
}

/** Saves the intent for the first due message that this run has not tried. */
async function claim({ session, desired, now }: Reconcile, tried: ReadonlySet<string>) {
  let claimed: { due: DueMessage; intent: Posting } | undefined
  const { due } = await session.update(state => {
    // The intent is there already if only the store's answer was lost.
    const isSaved =
      claimed && JSON.stringify(withPosting(state, claimed.due, claimed.intent)) === JSON.stringify(state)
    if (claimed && isSaved) return { state, due: claimed.due }

    const due = diff(desired(state), state, { now: now() }).find(({ message }) => !tried.has(message.key))
    if (due === undefined) return { state, due }
    const intent = intentOf(due, session.run, now())
    claimed = { due, intent }
    return { state: withPosting(state, due, intent), due }
  })
  return due
}

const intentOf = ({ message, edits, target }: DueMessage, run: string, since: number): Posting => ({
  status: 'posting',
  since,
  hash: message.hash,
  channel: edits?.channel ?? null,
  ts: edits?.ts ?? null,
  ...(target.refused && { refused: target.refused }),
  run,
})

/**
 * Sends a claimed message, and saves the outcome.
 * @returns the failure if Slack did not take the message
 */
async function deliver(due: DueMessage, job: Reconcile): Promise<SlackFailure | undefined> {
  const { session } = job
  const since = job.now()
  let delivery: Delivery
  try {
    delivery = await send(due, job)
  } catch (error) {
    const failure = error instanceof SlackFailure ? error : defect(due, error)
    // Slack may have taken an unsure message, so its intent stays. The message is due again once the intent is old.
    if (failure.trouble !== 'unsure') await release(due, session)
    return failure
  }
  const { location, hash, refused, name, isFound } = delivery
  await session.update(state => {
    const posting = { status: 'posted', since, hash, ...location, ...(refused && { refused }) } as const
    const posted = isFound ? withPosting(state, due, posting) : withPosted(state, due, posting)
    if (name === undefined || name === location.channel) return { state: posted }
    return { state: { ...posted, channels: { ...posted.channels, [name]: location.channel } } }
  })
  return undefined
}

/** Removes the intent, so that the message is due again. */
const release = (due: DueMessage, session: AlertStateSession) =>
  session.update(state => ({ state: withPosting(state, due, due.before) }))

const defect = ({ message }: DueMessage, error: unknown): SlackFailure =>
  new SlackFailure(
    'unsure',
    `cannot make or send the message ${message.key}: ${String(error)}. This is a defect of offset-watchdog: please report it.`,
    { cause: error },
  )

interface Delivery {
  location: MessageLocation
  hash: string
  refused: DeliveryTarget['refused']
  /** Name of the channel that the message was posted to. */
  name?: string
  /** True if an earlier run posted the message, which may state less than this one would. */
  isFound?: boolean
}

async function send(due: DueMessage, job: Reconcile): Promise<Delivery> {
  const { message, target, edits, before } = due
  const { notifier, session, now } = job
  const { channels } = session.state
  // An earlier run may have posted the message and died, or have lost Slack's answer. The posted content is not known,
  // so the next run edits it.
  const found =
    edits || !before
      ? undefined
      : await notifier.find(message, target, channels, before.since - LOOK_BACK).catch(error => {
          if (troubleOf(error) === 'not-posted' && now() - before.since > LOOK_FOR) return undefined
          throw error
        })
  if (found) return { location: found, hash: '', refused: target.refused, isFound: true }
  if (edits === undefined) return post(due, target, job)
  try {
    await notifier.update(edits, message, target, channels)
    return { location: edits, hash: message.hash, refused: target.refused }
  } catch (error) {
    const sameChannel = { ...target, channel: edits.channel }
    if (troubleOf(error) === 'message-gone') return post(due, sameChannel, job)
    if (troubleOf(error) === 'channel-refused') return postElsewhere(due, sameChannel, error, job)
    throw error
  }
}

/** Posts a message. If its thread was deleted or its channel refuses, another place is better than none. */
async function post(due: DueMessage, target: DeliveryTarget, job: Reconcile): Promise<Delivery> {
  const { notifier, session } = job
  const { message } = due
  const { channels } = session.state
  const { refused, thread } = target
  try {
    const location = await notifier.post(message, target, channels)
    return { location, hash: message.hash, refused, name: notifier.nameOf(message, target, channels) }
  } catch (error) {
    if (troubleOf(error) === 'message-gone' && thread !== null)
      return post(due, { ...target, thread: null, channel: thread.channel }, job)
    if (troubleOf(error) === 'channel-refused') return postElsewhere(due, target, error, job)
    throw error
  }
}

/** Posts in the default channel if the message's own channel refuses, unless they are the same. */
async function postElsewhere(
  due: DueMessage,
  refusing: DeliveryTarget,
  error: unknown,
  { session, notifier, now }: Reconcile,
): Promise<Delivery> {
  const { message } = due
  const { channels } = session.state
  const meantFor = notifier.nameOf(message, refusing, channels)
  const refused = { channel: meantFor, why: error instanceof SlackFailure ? error.why : String(error) }
  const target = { ...refusing, thread: null, channel: null, refused }
  const name = notifier.nameOf(message, target, channels)
  if (refusing.thread === null && name === meantFor) throw error

  // A run that finds this intent searches for the message in the default channel, and knows the reason for that
  // channel.
  const intent = intentOf({ ...due, target, edits: undefined }, session.run, now())
  await session.update(state => ({ state: withPosting(state, due, intent) }))
  return { location: await notifier.post(message, target, channels), hash: message.hash, refused, name }
}

const troubleOf = (error: unknown) => (error instanceof SlackFailure ? error.trouble : undefined)
