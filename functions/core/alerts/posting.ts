import type { Route } from '../model/settings.ts'
import type { AssessmentContext } from '../policy.ts'
import type { AlertState, Incident, Posting, Reply } from './alert-state.ts'
import type { Notice, ReplyNotice } from './notice.ts'

/** Where a message is: the channel's id and the message's ts. */
export interface Place {
  channel: string
  ts: string
}

export type Slot = 'parent' | 'last' | Reply

/** What a message belongs to. */
export type Subject =
  | { type: 'incident'; id: string }
  | { type: 'summary'; id: string }
  | { type: 'unknown-age' }
  | { type: 'digest'; channel: string | null }
  | { type: 'trouble'; kind: string }
  | { type: 'week' }

/** A notice on its way to Slack. */
export interface Letter {
  notice: Notice
  /** Null: the default channel. */
  route: Route | null
  /** The message in whose thread it stands. */
  thread: Place | null
  /** A reply that the channel sees, too: Slack notifies nobody of an edit. */
  broadcast: boolean
  /** A message about the same group that it links to. */
  see: Place | null
  /** The id of the channel in which its incident began, and stays; null: it goes where the route says. */
  home: string | null
  /** Set where the channel that it was meant for refuses it: it goes to the default channel, and says why. */
  refused: Posting['refused'] | null
}

/** A message that Slack does not have yet, or has in an older form. */
export interface Due extends Letter {
  of: Subject
  /** What it stands for: an incident that opens at its last level says both in one message. */
  slots: readonly Slot[]
  /** The message to edit; undefined: it is to be posted. */
  edits: Place | undefined
  says: string
  /** Its life so far, to go back to where Slack does not take it. */
  before: Posting | null
}

export interface DueContext extends AssessmentContext {
  takenAt: number
  /** ms after which a message still marked as `posting` was left behind by a run that died. */
  postingTakes: number
}

type Needed = Pick<Due, 'of' | 'says' | 'notice'> & Partial<Pick<Due, 'slots' | keyof Letter>>

/** The message, where Slack does not say so yet and no other run is about to. */
export function due(
  posting: Posting | null | undefined,
  message: Needed,
  { now, postingTakes }: Pick<DueContext, 'now' | 'postingTakes'>,
): Due[] {
  if (posting?.says === message.says && posting.status === 'posted') return []
  // An intent from the future was saved by a clock that was ahead: it must not wait for that time.
  if (posting?.status === 'posting' && Math.abs(now - posting.since) < postingTakes) return []
  return [
    {
      slots: ['parent'],
      route: null,
      thread: null,
      broadcast: false,
      see: null,
      home: null,
      refused: posting?.refused ?? null,
      ...message,
      edits: placeOf(posting),
      before: posting ?? null,
    },
  ]
}

/** The same of what is said once and never edited. */
export const dueOnce: typeof due = (posting, message, context) =>
  posting?.status === 'posted' ? [] : due(posting, message, context)

/** What is said once in the thread of an incident's message; with broadcast the channel sees it, too. */
export const replyIn =
  (
    thread: Place,
    incident: Incident,
    about: ReplyNotice['about'],
    route: Route | null,
    context: DueContext,
  ) =>
  (name: Reply, broadcast: boolean): Due[] => {
    const of: Subject = { type: 'incident', id: incident.id }
    const notice: ReplyNotice = { type: 'reply', reply: name, about }
    const message = { of, says: name, slots: [name], route, thread, broadcast, notice }
    return dueOnce(incident.thread[name], message, context)
  }

/** As far as is known: a time-out may have posted it. */
export function placeOf(posting: Posting | null | undefined): Place | undefined {
  const { channel, ts } = posting ?? { channel: null, ts: null }
  return channel !== null && ts !== null ? { channel, ts } : undefined
}

/** The state with one message's life moved on. */
export function withPosting(state: AlertState, { of, slots }: Due, posting: Posting | null): AlertState {
  switch (of.type) {
    case 'incident':
      return { ...state, incidents: state.incidents.map(each => (each.id === of.id ? moved(each) : each)) }
    case 'summary':
      return {
        ...state,
        summaries: state.summaries.map(each => (each.id === of.id ? { ...each, parent: posting } : each)),
      }
    case 'unknown-age':
      return { ...state, unknownAge: state.unknownAge && { ...state.unknownAge, parent: posting } }
    case 'digest':
      return {
        ...state,
        digests: state.digests.map(each =>
          each.channel === of.channel ? { ...each, parent: posting } : each,
        ),
      }
    case 'week':
      return { ...state, week: state.week && { ...state.week, parent: posting } }
    case 'trouble': {
      const heartbeat = state.heartbeat && {
        ...state.heartbeat,
        troubles: state.heartbeat.troubles.map(each =>
          each.kind === of.kind
            ? { ...each, ...Object.fromEntries(slots.map(slot => [slot, posting])) }
            : each,
        ),
      }
      return { ...state, heartbeat }
    }
  }

  function moved(incident: Incident): Incident {
    const postings = Object.fromEntries(slots.map(slot => [slot, posting]))
    const { parent = incident.parent, last = incident.last, ...replies } = postings
    return { ...incident, parent, last, thread: { ...incident.thread, ...replies } }
  }
}
