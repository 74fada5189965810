import type { AlertState, Posting } from '../core/alerts/alert-state.ts'
import { type Due, type Place, withPosting } from '../core/alerts/posting.ts'
import type { Ledger } from './ledger.ts'
import { type Channel, SlackFailure } from './ports.ts'

/** ms before an intent was saved from which Slack's history is searched: its clock is another. */
const LOOK_BACK = 60 * 60 * 1000

/** ms after which a message that cannot be looked for is posted again: rather twice than never. */
const LOOK_FOR = 60 * 60 * 1000

export const keyOf = ({ of, slots }: Due): string => JSON.stringify([of, slots])

/** Saves the intent to post the first message that is due and that this run has not tried. */
export async function claim(
  ledger: Ledger,
  dueIn: (state: AlertState) => Due[],
  tried: ReadonlySet<string>,
  now: () => number,
): Promise<Due | undefined> {
  let claimed: { due: Due; intent: Posting } | undefined
  await ledger.update(state => {
    // The intent is there already where it was saved and only the store's answer was lost.
    const own = claimed && withPosting(state, claimed.due, claimed.intent)
    if (own && JSON.stringify(own) === JSON.stringify(state)) return state

    const due = dueIn(state).find(message => !tried.has(keyOf(message)))
    claimed = due && { due, intent: intentOf(due, ledger.run, now()) }
    return claimed ? withPosting(state, claimed.due, claimed.intent) : state
  })
  return claimed?.due
}

const intentOf = ({ says, edits, refused }: Due, run: string, since: number): Posting => ({
  status: 'posting',
  since,
  says,
  channel: edits?.channel ?? null,
  ts: edits?.ts ?? null,
  ...(refused && { refused }),
  run,
})

/** Posts or edits a message that was claimed, and saves what came of it. @returns what kept Slack from taking it */
export async function deliver(
  due: Due,
  ledger: Ledger,
  channel: Channel,
  now: number,
): Promise<SlackFailure | undefined> {
  let delivery: Delivery
  try {
    delivery = await put(due, ledger, channel, now)
  } catch (error) {
    const failure = error instanceof SlackFailure ? error : defect(due, error)
    // Where Slack may have taken it, the intent stays: it is due again when it has grown old.
    if (failure.trouble !== 'unsure') await release(due, ledger)
    return failure
  }
  const { place, says, refused, name } = delivery
  await ledger.update(state => {
    const posting = { status: 'posted', since: now, says, ...place, ...(refused && { refused }) } as const
    const moved = withPosting(state, due, posting)
    return name === undefined || name === place.channel
      ? moved
      : { ...moved, channels: { ...moved.channels, [name]: place.channel } }
  })
  return undefined
}

/** Takes the intent back: the message is due as it was before. */
export const release = (due: Due, ledger: Ledger): Promise<void> =>
  ledger.update(state => withPosting(state, due, due.before))

/** One message that cannot be made keeps no other from being posted. */
const defect = ({ of }: Due, error: unknown): SlackFailure =>
  new SlackFailure(
    'unsure',
    `cannot make or send the message about ${JSON.stringify(of)}: ${String(error)}. This is a defect of offset-watchdog: please report it.`,
    { cause: error },
  )

interface Delivery {
  place: Place
  says: string
  refused: Due['refused']
  /** Of the channel that it was posted to. */
  name?: string
}

async function put(due: Due, ledger: Ledger, channel: Channel, now: number): Promise<Delivery> {
  const { edits, says, before, refused } = due
  const { channels } = ledger.state
  // A run before this one may have posted it and died, or have lost Slack's answer. Which of its words the message
  // has is not known then: the next run edits it.
  const posted =
    edits || !before
      ? undefined
      : await channel.find(due, channels, before.since - LOOK_BACK).catch(error => {
          if (troubleOf(error) === 'not-posted' && now - before.since > LOOK_FOR) return undefined
          throw error
        })
  if (posted) return { place: posted, says: '', refused }
  if (edits === undefined) return post(due, ledger, channel, now)
  try {
    await channel.update(edits, due, channels)
    return { place: edits, says, refused }
  } catch (error) {
    const again = { ...due, home: edits.channel }
    if (troubleOf(error) === 'message-gone') return post(again, ledger, channel, now)
    if (troubleOf(error) === 'channel-refused') return postElsewhere(again, error, ledger, channel, now)
    throw error
  }
}

/** A thread may have been deleted, and a channel may refuse: then another place is better than none. */
async function post(due: Due, ledger: Ledger, channel: Channel, now: number): Promise<Delivery> {
  const { thread, says, refused } = due
  const { channels } = ledger.state
  try {
    return { place: await channel.post(due, channels), says, refused, name: channel.nameOf(due, channels) }
  } catch (error) {
    if (troubleOf(error) === 'message-gone' && thread !== null)
      return post({ ...due, thread: null, home: thread.channel }, ledger, channel, now)
    if (troubleOf(error) === 'channel-refused') return postElsewhere(due, error, ledger, channel, now)
    throw error
  }
}

/** Posts in the default channel what its own channel refuses, unless they are the same. */
async function postElsewhere(
  due: Due,
  error: unknown,
  ledger: Ledger,
  channel: Channel,
  now: number,
): Promise<Delivery> {
  const { channels } = ledger.state
  const meantFor = channel.nameOf(due, channels)
  const refused = { channel: meantFor, why: error instanceof SlackFailure ? error.why : String(error) }
  const letter: Due = { ...due, thread: null, home: null, edits: undefined, refused }
  const name = channel.nameOf(letter, channels)
  if (due.thread === null && name === meantFor) throw error

  // A run that finds this intent looks for the message there, and knows why it is there.
  await ledger.update(state => withPosting(state, due, intentOf(letter, ledger.run, now)))
  return { place: await channel.post(letter, channels), says: due.says, refused, name }
}

const troubleOf = (error: unknown) => (error instanceof SlackFailure ? error.trouble : undefined)
