import type { SnapshotHead } from '../../core/snapshot.ts'
import { iso } from '../../core/time.ts'
import type { WatchdogEvent } from './event.ts'
import { FIRST } from './incident-events.ts'

export function snapshotEvents(head: SnapshotHead): WatchdogEvent[] {
  const { cluster, clusterId, mode, complete, counts, problems } = head
  const takenAt = iso(head.takenAt)
  const detail = { schemaVersion: 1, id: `${cluster}-${head.takenAt}`, cluster, takenAt } as const
  const finishedAt = iso(head.finishedAt)

  const taken = { ...detail, clusterId, finishedAt, mode, complete, counts }
  const incomplete = {
    ...detail,
    id: `${detail.id}-incomplete`,
    problemCount: problems.length,
    // A message may quote a group id of 32 KB.
    problems: problems
      .slice(0, FIRST)
      .map(problem => ({ ...problem, scope: short(problem.scope), message: problem.message.slice(0, 300) })),
  }
  return [
    { type: 'Snapshot Taken', detail: taken },
    ...(complete ? [] : [{ type: 'Snapshot Incomplete' as const, detail: incomplete }]),
  ]
}

const short = ({ group, ...scope }: SnapshotHead['problems'][number]['scope']) =>
  group === undefined ? scope : { ...scope, group: group.slice(0, 300) }
