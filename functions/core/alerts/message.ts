import type { Route } from '../model/settings.ts'
import { MINUTE } from '../time.ts'
import type { AlertState, Posting } from './alert-state.ts'
import { contentHash } from './keys.ts'
import type { Notice } from './notice.ts'

/** ms; a run that has not saved the outcome of its posting by then has died. */
const POSTING_TAKES = 2 * MINUTE

/** A message that Slack should show now. */
export interface AlertMessage {
  key: string
  /** Slack's message is edited when this changes. */
  hash: string
  /** True for a message that is posted once and never edited. */
  isFinal: boolean
  notice: Notice
  /** Null: the default channel. */
  route: Route | null
  /** Keys of messages that need not be posted once this one is: it states the same. */
  covers: readonly string[]
  /** Keys of other incidents that this very message states, too: what it is posted or edited as holds of all of them. */
  shares: readonly string[]
  /** Key of the message that this one waits for; it goes to the same channel. */
  after: string | null
  /** Whether it stands in the thread of that message, and whether the channel sees it, too: an edit notifies nobody. */
  reply: 'none' | 'thread' | 'broadcast'
  /** Key of a message about the same group, to link to. */
  related: string | null
}

/** Where a message is: the channel's id and the message's ts. */
export interface MessageLocation {
  channel: string
  ts: string
}

/** Where a message goes. */
export interface DeliveryTarget {
  /** The message in whose thread it stands. */
  thread: MessageLocation | null
  /** The id of the channel of the message before it; null: the route decides. */
  channel: string | null
  /** A message to link to. */
  related: MessageLocation | null
  /** Set where its own channel refuses it: it goes to the default channel, and says why. */
  refused: Posting['refused'] | null
}

/** A message that Slack lacks, or has with other content. */
export interface DueMessage {
  message: AlertMessage
  target: DeliveryTarget
  /** The message to edit; undefined: it is posted. */
  edits: MessageLocation | undefined
  /** The posting before this claim. It comes back if Slack does not take the message. */
  before: Posting | undefined
}

/** @param content what the message states, without what changes with the time alone */
export const alertMessage = (
  key: string,
  content: string,
  message: Pick<AlertMessage, 'notice'> & Partial<AlertMessage>,
): AlertMessage => ({
  key,
  hash: contentHash(content),
  isFinal: false,
  route: null,
  covers: [],
  shares: [],
  after: null,
  reply: 'none',
  related: null,
  ...message,
})

/** The messages to post and to edit, so that Slack shows these. It leaves out messages that another run is posting. */
export function diff(
  desired: readonly AlertMessage[],
  { messages }: AlertState,
  { now }: { now: number },
): DueMessage[] {
  return desired.flatMap(message => {
    const before = messages[message.key]
    if (before?.status === 'posted' && (message.isFinal || before.hash === message.hash)) return []
    // An intent from the future was saved by a clock that was ahead: it must not wait for that time.
    if (before?.status === 'posting' && Math.abs(now - before.since) < POSTING_TAKES) return []

    const after = message.after === null ? undefined : locationOf(messages[message.after])
    if (message.after !== null && after === undefined) return []
    const edits = locationOf(before)
    const target = {
      thread: message.reply === 'none' ? null : (after ?? null),
      channel: after?.channel ?? null,
      related: (message.related !== null && locationOf(messages[message.related])) || null,
      refused: before?.refused ?? null,
    }
    return [{ message: edits ? withoutMention(message) : message, target, edits, before }]
  })
}

const withoutMention = (message: AlertMessage): AlertMessage =>
  'mention' in message.notice ? { ...message, notice: { ...message.notice, mention: false } } : message

/** As far as is known: a time-out may have posted it. */
export function locationOf(posting: Posting | undefined): MessageLocation | undefined {
  const { channel, ts } = posting ?? { channel: null, ts: null }
  return channel !== null && ts !== null ? { channel, ts } : undefined
}

/** The state with this posting of the message and what shares it, and of all that it covers if it is new. Undefined: there is none. */
export function withPosting(
  state: AlertState,
  { message, edits }: DueMessage,
  posting: Posting | undefined,
): AlertState {
  const messages = { ...state.messages }
  for (const key of [message.key, ...message.shares, ...(edits ? [] : message.covers)]) {
    if (posting) messages[key] = posting
    else delete messages[key]
  }
  return { ...state, messages }
}
