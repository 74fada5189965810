import { actionEventId } from '../contracts/events/action-event.ts'
import {
  type DueEvent,
  dueActions,
  dueEvents,
  idsIn,
  isHeld,
  isOpenFor,
  openAlertOf,
  openAlertOfIncident,
  publishedIdOf,
  stageOf,
} from '../contracts/events/due-events.ts'
import { emptyAlertState } from '../core/alerts/alert-state.ts'
import type { Failure } from '../core/model/failure.ts'
import { DAY } from '../core/time.ts'
import { type EventMaker, eventMaker, type MadeEvent } from './event-maker.ts'
import { type ActionStore, type Alerts, BusFailure, type Events, type PublishedStore } from './ports.ts'
import { PublishProgress } from './publish-progress.ts'
import { mustBeSent } from './publish-snapshot.ts'

export interface PublishIncidents extends EventMaker {
  alerts: Pick<Alerts, 'read'>
  actions: Pick<ActionStore, 'since'>
  published: PublishedStore
  events: Events
}

/** The progress is saved after this number of events. */
const BATCH = 100

/** An action that could not be published stays due for this many ms. */
const ACTIONS_DUE = 7 * DAY

/**
 * Publishes changes of the incidents and of the watchdog's own troubles, and people's actions since the last run. An
 * event may come twice, with the same id. No event is left out: an event that was not accepted is due in the next run.
 * @returns number of events that were accepted
 * @throws Failure about the events that could not be made or sent, after all others were published
 */
export async function publishIncidents(job: PublishIncidents): Promise<number> {
  const { cluster, alerts, events, now } = job
  // The progress is read before the state. Then an id that is published but missing from the state was forgotten, and
  // is not a new one.
  const progress = await PublishProgress.open(job.published, cluster.name)
  const state = (await alerts.read(cluster.name))?.state ?? emptyAlertState(cluster.name)
  const before = progress.known
  const recent = await job.actions.since(cluster.name, now - ACTIONS_DUE)
  const ids = idsIn(state).union(new Set(recent.map(actionEventId)))
  const gone = new Set(Object.keys({ ...before.told, ...before.open }).filter(id => !ids.has(id)))
  const dueNow = () => [...dueEvents(state, progress.known, gone, now), ...dueActions(recent, progress.known)]

  const due = dueNow()
  const isDue = new Set(due.map(({ id }) => id))
  const quiet = state.incidents.filter(
    incident => !isDue.has(publishedIdOf(incident, before)) && !isHeld(state, incident, now),
  )
  const intents = due.filter(isAlert).filter(({ action }) => action === 'opened' || action === 'closed')
  await progress.save({
    told: new Map(quiet.map(incident => [publishedIdOf(incident, before), stageOf(incident)])),
    open: new Map([
      // An earlier version did not save these entries.
      ...quiet
        .filter(({ id }) => isOpenFor(id, before) && before.open[id] === undefined)
        .map(openAlertOfIncident),
      ...intents.map(intent => openAlertOf(intent, undefined, before.open[intent.id])),
    ]),
    forgotten: new Set([...gone].filter(id => !isDue.has(id))),
  })
  if (due.length === 0) return 0

  const make = eventMaker(job, state, new Set(due.map(groupOf)))
  const tried = new Set<string>()
  const left: { why: Failure }[] = []
  let accepted = 0
  for (;;) {
    const batch = dueNow()
      .filter(event => !tried.has(eventKey(event)))
      .slice(0, BATCH)
    if (batch.length === 0) break
    for (const event of batch) tried.add(eventKey(event))

    const made: MadeEvent[] = []
    for (const event of batch) made.push(await make(event, progress.known.open[event.id]?.severity))
    const unsent = await events.publish(made.flatMap(({ event }) => event ?? []))
    const failures = new Map(unsent.map(({ event, why }) => [event, why]))
    const sent = made.filter(({ event }) => event && !failures.has(event))
    // A request that failed as a whole may have arrived.
    const refused = made.filter(({ event, why }) => why ?? isRefusal(event && failures.get(event)))
    await progress.save({
      told: new Map(sent.map(({ due: { id, stage } }) => [id, stage])),
      open: new Map([
        ...sent.flatMap(({ due, event }) =>
          isAlert(due) ? [openAlertOf(due, event, progress.known.open[due.id])] : [],
        ),
        ...neverOpened(refused.map(made => made.due)),
      ]),
    })
    accepted += sent.length
    left.push(...made.flatMap(({ why }) => (why ? { why } : [])), ...unsent)
    if (unsent.some(({ why }) => why instanceof BusFailure)) break
  }
  await progress.save({ open: new Map(neverOpened(due.filter(event => !tried.has(eventKey(event))))) })
  mustBeSent(left, accepted + left.length)
  return accepted

  /** Marks openings that no run has sent to subscribers, so that no run sends their end. */
  function neverOpened(due: readonly DueEvent[]) {
    return due
      .filter(({ id, action }) => action === 'opened' && before.open[id] === undefined)
      .map(({ id }) => [id, null] as const)
  }
}

const isAlert = (due: DueEvent) => due.type !== 'Action Taken'

const groupOf = ({ subject }: DueEvent): string => ('incident' in subject ? subject.incident.group : '')
const eventKey = ({ id, type }: DueEvent) => `${id} ${type}`
const isRefusal = (why: Failure | undefined) => why !== undefined && !(why instanceof BusFailure)
