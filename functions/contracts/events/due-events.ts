import * as v from 'valibot'
import {
  type AlertState,
  type Incident,
  incidentKinds,
  type Resolution,
  resolutions,
  type Trouble,
  troubleKinds,
} from '../../core/alerts/alert-state.ts'
import { isDeadline, isLoss } from '../../core/alerts/incident.ts'
import type { RecordedAction } from '../../core/alerts/recorded-action.ts'
import { isSilenced } from '../../core/alerts/silenced.ts'
import { knownIn } from '../../core/closed-list.ts'
import { levels } from '../../core/model/commit.ts'
import { actionEventId } from './action-event.ts'
import type { AlertAction, IncidentDetail, Severity, WatchdogEvent } from './event.ts'
import { isFurther, type OpenAlert, type PublishedAlerts } from './published.ts'

/** The next event that subscribers lack of an incident, or of a trouble of the watchdog itself; or what a person did. */
export type DueEvent = DueOfIncident | DueOfTrouble | DueOfAction

interface DueOfAlert {
  /** Of the incident or trouble. */
  id: string
  action: AlertAction
  /** The stage once subscribers have the event. */
  stage: string
}

export interface DueOfIncident extends DueOfAlert {
  type: IncidentEventType
  /** `isForgotten`: the alert state no longer has it, and it was never said to be over. */
  subject: { incident: Incident; isForgotten: boolean }
}

interface DueOfTrouble extends DueOfAlert {
  type: 'Watchdog Trouble'
  subject: { trouble: Trouble }
}

interface DueOfAction {
  /** Of the event. */
  id: string
  type: 'Action Taken'
  action: 'taken'
  stage: 'over'
  subject: { done: RecordedAction }
}

/** Once an action is published, its stage is `over`. */
export const dueActions = (actions: readonly RecordedAction[], { told }: PublishedAlerts): DueOfAction[] =>
  actions
    .map(done => ({ id: actionEventId(done), subject: { done } }))
    .filter(({ id }) => told[id] === undefined)
    .map(due => ({ ...due, type: 'Action Taken', action: 'taken', stage: 'over' }))

export type IncidentEventType = Extract<WatchdogEvent, { detail: IncidentDetail }>['type']

/**
 * At most one event of each incident and trouble: the one after it waits until this one was accepted.
 * @param forgotten ids that subscribers know and the alert state does not
 * @param now ms since the epoch
 */
export function dueEvents(
  state: Pick<AlertState, 'incidents' | 'troubles' | 'silences'>,
  known: PublishedAlerts,
  forgotten: ReadonlySet<string>,
  now: number,
): DueEvent[] {
  return [
    ...Object.entries(known.open)
      .filter(([id]) => forgotten.has(id))
      .flatMap(([id, open]) => dueOfForgotten(id, open, known, now)),
    ...state.incidents.flatMap(incident => dueOfIncident(incident, known, isHeld(state, incident, now))),
    ...state.troubles.flatMap(trouble => dueOfTrouble(trouble, known)),
  ]
}

/** During a silence nothing but losses is opened or escalated: subscribers get what is still open at its end. */
export const isHeld = (state: Pick<AlertState, 'silences'>, incident: Incident, now: number): boolean =>
  !isLoss(incident) && incident.closed === null && isSilenced(state, incident.group, now)

/** The ids of all incidents and troubles of a state, those of later versions included. */
export function idsIn({ incidents, troubles, laterKinds }: AlertState): Set<string> {
  const later = Object.values(laterKinds).flat()
  return new Set([
    ...incidents.flatMap(({ id, reopenedAt }) => [id, `${id}-${reopenedAt}`]),
    ...later.filter(entry => v.is(withId, entry)).map(({ id }) => id),
    ...[...troubles, ...later.filter(entry => v.is(withSince, entry))].map(idOf),
  ])
}

const withId = v.looseObject({ id: v.string() })
const withSince = v.looseObject({ kind: v.string(), since: v.number() })

export const idOf = ({ kind, since }: { kind: string; since: number }): string => `${kind}-${since}`

/** A reopened incident is opened again under the same key, if subscribers know that it was closed. */
export const publishedIdOf = (
  { id, reopenedAt }: Pick<Incident, 'id' | 'reopenedAt'>,
  { told }: PublishedAlerts,
): string => (reopenedAt !== undefined && told[id] === 'over' ? `${id}-${reopenedAt}` : id)

export const stageOf = (incident: Incident): string =>
  incident.closed ? 'over' : isLoss(incident) ? 'lost' : (incident.level ?? 'none')

/** True if subscribers have, or may have, an event that opened it, and none that closed it. */
export const isOpenFor = (id: string, { told, open }: PublishedAlerts): boolean =>
  told[id] !== 'over' && (told[id] !== undefined || open[id] !== undefined)

function dueOfIncident(incident: Incident, known: PublishedAlerts, isHeld: boolean): DueEvent[] {
  const { kind, closed, acknowledgedAt } = incident
  const id = publishedIdOf(incident, known)
  const told = known.told[id]
  if (told === 'over') return []
  const due = (type: IncidentEventType, action: AlertAction, stage = stageOf(incident)): DueEvent[] => [
    { id, type, action, subject: { incident, isForgotten: false }, stage },
  ]
  const types = eventTypesOf[kind]
  // A loss is published also where it came and went between two runs.
  if (isLoss(incident) && told === undefined && closed?.why !== 'ignored')
    return due(types.opens, 'opened', 'lost')
  if (!isLoss(incident) && !closed && told === undefined) return isHeld ? [] : due(types.opens, 'opened')
  if (!isOpenFor(id, known)) return []

  const isNew = acknowledgedAt !== null && acknowledgedAt !== known.open[id]?.acknowledgedAt
  // Acknowledging a loss of offsets closes it.
  if (kind !== 'loss' && told !== undefined && isNew)
    return due('Incident Acknowledged', 'acknowledged', told)
  if (closed) return due(isRecovery[closed.why] ? types.safe : 'Incident Closed', 'closed')
  const isEscalated =
    !isHeld && isDeadline(incident) && acknowledgedAt === null && isFurther(stageOf(incident), told)
  return isEscalated ? due(types.opens, 'escalated') : []
}

/** The events of an incident, by its kind. */
export const eventTypesOf = {
  deadline: { opens: 'Offsets Expiring', safe: 'Offsets Recovered' },
  loss: { opens: 'Offsets Lost', safe: 'Offsets Recovered' },
  'records-deadline': { opens: 'Records Expiring', safe: 'Records Safe' },
  'records-loss': { opens: 'Records Lost', safe: 'Records Safe' },
  'never-committed': { opens: 'Never Committed', safe: 'Offsets Recovered' },
} as const satisfies Record<Incident['kind'], { opens: IncidentEventType; safe: IncidentEventType }>

function dueOfTrouble(trouble: Trouble, known: PublishedAlerts): DueEvent[] {
  const id = idOf(trouble)
  const due = { id, type: 'Watchdog Trouble', subject: { trouble } } as const
  if (trouble.over === null)
    return known.told[id] === undefined ? [{ ...due, action: 'opened', stage: 'none' }] : []
  return isOpenFor(id, known) ? [{ ...due, action: 'closed', stage: 'over' }] : []
}

/** The published state of an open incident or trouble, by its id. @param event undefined: not sent yet */
export function openAlertOf(
  { id, action, subject }: Pick<DueOfIncident | DueOfTrouble, 'id' | 'action' | 'subject'>,
  event?: WatchdogEvent,
  before?: OpenAlert,
): readonly [string, OpenAlert] {
  const sent = event && 'severity' in event.detail ? event.detail.severity : undefined
  if ('trouble' in subject) {
    const { kind, since: openedAt } = subject.trouble
    const severity: Severity = sent ?? 'warning'
    return [id, { kind, group: '', openedAt, level: null, severity, acknowledgedAt: null }]
  }
  const { kind, group, openedAt, level, acknowledgedAt, closed } = subject.incident
  const severity = sent ?? before?.severity ?? (isLoss(subject.incident) ? 'critical' : 'warning')
  const told = action === 'acknowledged' ? acknowledgedAt : (before?.acknowledgedAt ?? null)
  const ending = closed && { ending: closed.why }
  return [id, { kind, group, openedAt, level, severity, acknowledgedAt: told, ...ending }]
}

/** The same of an incident of which nothing is due. */
export const openAlertOfIncident = (incident: Incident) =>
  openAlertOf({ id: incident.id, action: 'acknowledged', subject: { incident, isForgotten: false } })

/** Somebody has reset the alert state, or it forgot the end of an incident before that could be published. */
function dueOfForgotten(id: string, open: OpenAlert, known: PublishedAlerts, now: number): DueEvent[] {
  if (!isOpenFor(id, known)) return []
  const due = { id, action: 'closed', stage: 'over' } as const
  const { group, openedAt, acknowledgedAt } = open
  const trouble = troubleKinds.find(kind => kind === open.kind)
  if (trouble) {
    const subject = { trouble: { kind: trouble, since: openedAt, over: now, details: [] } }
    return [{ ...due, type: 'Watchdog Trouble', subject }]
  }
  const kind = incidentKinds.find(known => known === open.kind)
  if (kind === undefined) return []
  const why = knownIn(resolutions, open.ending ?? null)
  const incident: Incident = {
    id: id.split('-')[0] ?? id,
    kind,
    group,
    openedAt,
    level: levels.find(level => level === open.level) ?? null,
    losses: [],
    lostBefore: 0,
    acknowledgedAt,
    closed: { at: now, why },
    summary: null,
  }
  return [
    {
      ...due,
      type: isRecovery[why] ? eventTypesOf[kind].safe : 'Incident Closed',
      subject: { incident, isForgotten: true },
    },
  ]
}

/** True if the offsets are safe again. Other incidents end because nobody can, or wants to, do anything about them. */
const isRecovery: Record<Resolution, boolean> = {
  'committed-again': true,
  'same-offset-committed': true,
  'guarded-again': true,
  'out-of-danger': true,
  recovered: true,
  'caught-up': true,
  'no-longer-known': false,
  lost: false,
  'topic-deleted': false,
  ignored: false,
  acknowledged: false,
  'seven-days': false,
  unknown: false,
}
