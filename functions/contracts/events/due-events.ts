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

/**
 * The next event that subscribers lack: of an incident, of a trouble of the watchdog itself, or of a person's action.
 */
export type DueEvent = DueOfIncident | DueOfTrouble | DueOfAction

interface DueOfAlert {
  /** Id of the incident or trouble. */
  id: string
  action: AlertAction
  /** The stage after subscribers have received the event. */
  stage: string
}

export interface DueOfIncident extends DueOfAlert {
  type: IncidentEventType
  /** `isForgotten`: the alert state no longer has the incident, and its end was never published. */
  subject: { incident: Incident; isForgotten: boolean }
}

interface DueOfTrouble extends DueOfAlert {
  type: 'Watchdog Trouble'
  subject: { trouble: Trouble }
}

interface DueOfAction {
  /** Id of the event. */
  id: string
  type: 'Action Taken'
  action: 'taken'
  stage: 'over'
  subject: { done: RecordedAction }
}

/** The actions without an event so far. A published action has the stage `over`. */
export const dueActions = (actions: readonly RecordedAction[], { told }: PublishedAlerts): DueOfAction[] =>
  actions
    .map(done => ({ id: actionEventId(done), subject: { done } }))
    .filter(({ id }) => told[id] === undefined)
    .map(due => ({ ...due, type: 'Action Taken', action: 'taken', stage: 'over' }))

export type IncidentEventType = Extract<WatchdogEvent, { detail: IncidentDetail }>['type']

/**
 * At most one event of each incident and trouble: the next event waits until this one was accepted.
 * @param forgotten ids that subscribers have and the alert state lacks
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

/**
 * True while a silence holds the event back. During a silence, only losses open or escalate. Incidents that are still
 * open at its end are published then.
 */
export const isHeld = (state: Pick<AlertState, 'silences'>, incident: Incident, now: number): boolean =>
  !isLoss(incident) && incident.closed === null && isSilenced(state, incident.group, { now })

/** The ids of all incidents and troubles of a state, including those of later versions. */
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

/** The id for subscribers. A reopened incident opens again under the same key if its end was published. */
export const publishedIdOf = (
  { id, reopenedAt }: Pick<Incident, 'id' | 'reopenedAt'>,
  { told }: PublishedAlerts,
): string => (reopenedAt !== undefined && told[id] === 'over' ? `${id}-${reopenedAt}` : id)

export const stageOf = (incident: Incident): string =>
  incident.closed ? 'over' : isLoss(incident) ? 'lost' : (incident.level ?? 'none')

/** True if subscribers have, or may have, an opening event, and no closing one. */
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
  // A loss is published even if it opened and closed between two runs.
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

/** Types of the opening and the recovery event, by the incident's kind. */
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

/**
 * An incident's or trouble's entry in the published state, with its id.
 * @param event undefined: not sent yet
 */
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

/** The entry of an incident without a due event. */
export const openAlertOfIncident = (incident: Incident) =>
  openAlertOf({ id: incident.id, action: 'acknowledged', subject: { incident, isForgotten: false } })

/**
 * The closing event of an incident that the alert state lacks: a person has reset the state, or the state forgot the
 * end before its event was published.
 */
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

/** True if the offsets are safe again. The other incidents end because nobody can, or wants to, act on them. */
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
