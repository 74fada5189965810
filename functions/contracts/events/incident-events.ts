import * as v from 'valibot'
import type { Incident, Resolution } from '../../core/alerts/alert-state.ts'
import { isAtRisk } from '../../core/alerts/incidents.ts'
import { lossesOf } from '../../core/alerts/losses.ts'
import type { Assessment } from '../../core/policy.ts'
import { iso } from '../../core/time.ts'
import type { WatchdogEvent } from './event.ts'

/** At most as many partitions, or problems, are in an event: a subscriber that needs all reads the snapshot. */
export const FIRST = 100

const published = v.object({
  schemaVersion: v.literal(1),
  /** The level of a deadline, or `lost`, or `over`, by the incident's id. */
  told: v.record(v.string(), v.string()),
})

/** What subscribers have been told of which incident. It is kept apart from what Slack was told: either may fail. */
export type Published = v.InferOutput<typeof published>

/** @throws where the JSON is no such state of this version */
export const parsePublished = (json: unknown): Published => v.parse(published, json)

export type IncidentType = 'Offsets Expiring' | 'Offsets Lost' | 'Offsets Recovered'

/** How far an incident has been told. It only moves on. */
const stages = ['none', 'first', 'second', 'last', 'lost', 'over']

const isFurther = (stage: string, than: string | undefined) =>
  stages.indexOf(stage) > stages.indexOf(than ?? '')

/** What is to be published of an incident whose subscribers were `told` that much, in order. */
export function dueTypes(incident: Incident, told: string | undefined): IncidentType[] {
  const { kind, closed } = incident
  const types: IncidentType[] = []
  // What came and went between two runs is told only where something was lost.
  if (kind === 'deadline' && !closed && isFurther(stageOf(incident), told)) types.push('Offsets Expiring')
  if (kind === 'loss' && told === undefined && closed?.why !== 'ignored') types.push('Offsets Lost')

  const wasTold = kind === 'loss' || told !== undefined
  if (closed && isRecovery[closed.why] && wasTold && told !== 'over') types.push('Offsets Recovered')
  return types
}

const stageOf = ({ kind, level, closed }: Incident): string =>
  closed ? 'over' : kind === 'loss' ? 'lost' : (level ?? 'none')

/** How far subscribers have been told once they have that event; undefined: once nothing is due any more. */
export function toldBy(incident: Incident, type?: IncidentType): string {
  return type === 'Offsets Lost' ? 'lost' : stageOf(incident)
}

/** What either run has told counts. */
export const furthest = (stage: string, other: string | undefined): string =>
  other !== undefined && isFurther(other, stage) ? other : stage

/** Whether the offsets are safe again; the other incidents end because nobody can or wants to do anything any more. */
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

interface IncidentContext {
  cluster: string
  /** ms since the epoch */
  takenAt: number
  assessments: readonly Assessment[]
}

/** The event of that type, with the partitions as the newest snapshot has them. */
export function incidentEvent(
  type: IncidentType,
  incident: Incident,
  { cluster, takenAt, assessments }: IncidentContext,
): WatchdogEvent {
  const lost = lossesOf(incident, assessments)
  const atRisk = assessments.filter(isAtRisk)
  const { id, group, level, kind } = incident
  const detail = {
    schemaVersion: 1,
    id: `${id}-${idEnding(type, level)}`,
    cluster,
    takenAt: iso(takenAt),
    group,
    incident: id,
  } as const

  switch (type) {
    case 'Offsets Expiring': {
      const partitions = atRisk.slice(0, FIRST).map(({ commit }) => ({
        ...placeOf(commit),
        deadline: commit.deadline && {
          earliest: commit.deadline.earliest === null ? null : iso(commit.deadline.earliest),
          latest: iso(commit.deadline.latest),
        },
      }))
      return { type, detail: { ...detail, level, partitionCount: atRisk.length, partitions } }
    }
    case 'Offsets Lost': {
      const partitions = lost.slice(0, FIRST).flatMap(({ commit, loss }) =>
        loss
          ? {
              ...placeOf(commit),
              offset: String(loss.lost),
              lastSeenAt: iso(loss.lastSeenAt),
              outcome: loss.outcome.kind,
            }
          : [],
      )
      return { type, detail: { ...detail, partitionCount: lost.length, partitions } }
    }
    case 'Offsets Recovered': {
      const back = kind === 'loss' ? lost : assessments
      const why = incident.closed?.why ?? 'recovered'
      const partitions = back.slice(0, FIRST).map(({ commit }) => placeOf(commit))
      return { type, detail: { ...detail, kind, why, partitionCount: back.length, partitions } }
    }
  }
}

function idEnding(type: IncidentType, level: Incident['level']): string {
  if (type === 'Offsets Expiring') return level ?? 'beyond-log-end'
  return type === 'Offsets Lost' ? 'lost' : 'recovered'
}

const placeOf = ({ topic, partition, offset }: Assessment['commit']) => ({
  topic,
  partition,
  offset: String(offset),
})
