import { actionEvent } from '../contracts/events/action-event.ts'
import type { DueEvent } from '../contracts/events/due-events.ts'
import type { WatchdogEvent } from '../contracts/events/event.ts'
import { incidentEvent } from '../contracts/events/incident-events.ts'
import { troubleEvent } from '../contracts/events/trouble-event.ts'
import type { AlertState } from '../core/alerts/alert-state.ts'
import type { CommitTable } from '../core/columns/commit-table.ts'
import { lasting } from '../core/evidence/never-committed.ts'
import { Failure } from '../core/model/failure.ts'
import type { NeverCommitted } from '../core/model/never-committed.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { type Assessment, type AssessmentContext, assessGroup } from '../core/policy.ts'
import { type Assess, assessmentContext } from './assess.ts'
import type { Snapshots } from './ports.ts'

export interface EventMaker extends Assess {
  cluster: ClusterSettings
  snapshots: Pick<Snapshots, 'newest'>
}

/** The event, or why it cannot be made. */
export interface MadeEvent {
  due: DueEvent
  event?: WatchdogEvent
  why?: Failure
}

/**
 * Makes events from the newest snapshot, which is read at most once, and only if an event needs it.
 * @param groups the groups of the events
 */
export function eventMaker(
  job: EventMaker,
  { watched }: AlertState,
  groups: ReadonlySet<string>,
): (due: DueEvent, severityBefore: string | undefined) => Promise<MadeEvent> {
  const { snapshots, interval, now } = job
  const { name } = job.cluster
  let newest: Promise<NewestSnapshot> | undefined

  async function make(due: DueEvent, severityBefore: string | undefined): Promise<WatchdogEvent> {
    if (due.type === 'Action Taken') return actionEvent(due.subject.done, watched)
    if (due.type === 'Watchdog Trouble')
      return troubleEvent(due.subject.trouble, due.action, { cluster: name, takenAt: watched })
    const { incident, isForgotten } = due.subject
    if (isForgotten) {
      const context = assessmentContext(undefined, job, null)
      const takenAt = watched ?? now
      return incidentEvent(due, { ...context, cluster: name, takenAt, assessments: [], severityBefore })
    }
    newest ??= newestSnapshot()
    const { takenAt, context, assess, neverCommitted } = await newest
    // A snapshot older than the watched one has neither the loss nor the offset after it.
    if (due.type !== 'Offsets Expiring' && watched !== null && takenAt < watched)
      throw new Failure(
        `"${due.type}" ${incident.id} waits for a snapshot that is not older than the last one watched.`,
      )
    return incidentEvent(due, {
      ...context,
      cluster: name,
      takenAt,
      assessments: assess(incident.group),
      neverCommitted: neverCommitted.filter(({ group }) => group === incident.group),
      severityBefore,
    })
  }

  async function newestSnapshot(): Promise<NewestSnapshot> {
    const snapshot = await snapshots.newest(name)
    if (!snapshot) {
      throw new Failure(
        `cluster "${name}" has no usable snapshot, so no event of its incidents was published. The next run tries again.`,
      )
    }
    const { head, commits } = snapshot
    const rows = rowsOf(groups, commits)
    const context = assessmentContext(head, job, null)
    return {
      takenAt: head.takenAt,
      context,
      neverCommitted: lasting(head, interval),
      assess: group => {
        const known = rows.get(group)?.map(row => commits.at(row)) ?? []
        return assessGroup(known, context)
      },
    }
  }

  return async (due, severityBefore) => {
    try {
      return { due, event: await make(due, severityBefore) }
    } catch (cause) {
      if (cause instanceof Failure) return { due, why: cause }
      const why = `"${due.type}" ${due.id} cannot be made: ${String(cause)}. Please report it.`
      return { due, why: new Failure(why, { cause }) }
    }
  }
}

interface NewestSnapshot {
  takenAt: number
  context: AssessmentContext
  neverCommitted: NeverCommitted[]
  assess: (group: string) => Assessment[]
}

/** The rows of each of these groups in the table. */
function rowsOf(groups: ReadonlySet<string>, { length, columns }: CommitTable): Map<string, number[]> {
  const rows = new Map<string, number[]>([...groups].map(group => [group, []]))
  for (let row = 0; row < length; row++) rows.get(columns.group_id.get(row) ?? '')?.push(row)
  return rows
}
