import type { Route } from '../model/settings.ts'
import { MINUTE } from '../time.ts'
import type { AlertState, Posting } from './alert-state.ts'
import { contentHash } from './keys.ts'
import type { Notice } from './notice.ts'

/** ms after which a posting without a saved outcome counts as left over from a crashed run. */
const POSTING_TAKES = 2 * MINUTE

/** A message that Slack should show now. */
export interface AlertMessage {
  key: string
  /** Slack's message is edited when this hash changes. */
  hash: string
  /** True for a message that is posted once and never edited. */
  isFinal: boolean
  notice: Notice
  /** Null for the default channel. */
  route: Route | null
  /** For a message about several groups: the routes of the groups whose people it mentions. */
  mentioned: readonly (Route | null)[]
  /** Keys of messages that become superfluous once this one is posted, since it states the same. */
  covers: readonly string[]
  /** Parent keys of other incidents that this message also reports. The same posting is saved under these keys. */
  shares: readonly string[]
  /** Key of a message that has to be posted first; this message goes to the same channel. */
  after: string | null
  /**
   * Whether the message is a reply in the thread of `after`, and whether the channel sees the reply, too. An edit
   * notifies nobody.
   */
  reply: 'none' | 'thread' | 'broadcast'
  /** Key of a message about the same group, for a link. */
  related: string | null
}

/** Where Slack has a message: the channel's id and the message's ts. */
export interface MessageLocation {
  channel: string
  ts: string
}

export interface DeliveryTarget {
  /** The message whose thread this reply belongs to. */
  thread: MessageLocation | null
  /** Channel id of the message that `after` names; null if the route decides. */
  channel: string | null
  /** A message to link to. */
  related: MessageLocation | null
  /** Set if the message's own channel refuses it. The message then goes to the default channel and says why. */
  refused: Posting['refused'] | null
}

/** A message that Slack lacks, or shows with other content. */
export interface DueMessage {
  message: AlertMessage
  target: DeliveryTarget
  /** The message to edit; undefined if the message has to be posted. */
  edits: MessageLocation | undefined
  /** The posting that was saved before this one, to restore if Slack does not accept the message. */
  before: Posting | undefined
  /**
   * Keys of covered messages without a posting, which are saved together with the intent. After an attempt without a
   * known outcome, only the keys of that attempt are saved: Slack may have the message of that attempt, which may state
   * less than this one.
   */
  claims: readonly string[]
}

/** @param content the facts of the message, without the ones that change with time alone */
export const alertMessage = (
  key: string,
  content: string,
  message: Pick<AlertMessage, 'notice'> & Partial<AlertMessage>,
): AlertMessage => ({
  key,
  hash: contentHash(content),
  isFinal: false,
  route: null,
  mentioned: [],
  covers: [],
  shares: [],
  after: null,
  reply: 'none',
  related: null,
  ...message,
})

/**
 * The messages to post and to edit, so that Slack shows the given messages. Messages that another run is posting are
 * left out.
 */
export function diff(
  desired: readonly AlertMessage[],
  { messages }: AlertState,
  { now }: { now: number },
): DueMessage[] {
  return desired.flatMap(message => {
    const before = messages[message.key]
    if (before?.status === 'posted' && (message.isFinal || before.hash === message.hash)) return []
    // A clock that was ahead may have saved a posting with a time in the future. This run must not wait for that time.
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
    // A covered message with a posting of its own is not claimed: a refusal of this message would make it due again.
    const claims = edits ? [] : message.covers.filter(key => messages[key]?.since === before?.since)
    return [{ message: edits ? withoutMention(message) : message, target, edits, before, claims }]
  })
}

const withoutMention = (message: AlertMessage): AlertMessage =>
  'mention' in message.notice ? { ...message, notice: { ...message.notice, mention: false } } : message

/** Where Slack has the message; undefined if unknown, since a call that timed out may have posted it. */
function locationOf(posting: Posting | undefined): MessageLocation | undefined {
  const { channel, ts } = posting ?? { channel: null, ts: null }
  return channel !== null && ts !== null ? { channel, ts } : undefined
}

/**
 * Saves a posting under the keys of the message, of the messages that share it, and of those that it claims. Undefined
 * deletes the posting.
 */
export function withPosting(
  state: AlertState,
  { message, claims }: Pick<DueMessage, 'message' | 'claims'>,
  posting: Posting | undefined,
): AlertState {
  const messages = { ...state.messages }
  for (const key of [message.key, ...message.shares, ...claims]) {
    if (posting) messages[key] = posting
    else delete messages[key]
  }
  return { ...state, messages }
}

/** Saves that Slack has taken this very message. A new message makes all covered messages superfluous. */
export const withPosted = (state: AlertState, { message, edits }: DueMessage, posting: Posting): AlertState =>
  withPosting(state, { message, claims: edits ? [] : message.covers }, posting)
