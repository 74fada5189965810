import type { Assessment } from '../policy.ts'
import type { Incident } from './alert-state.ts'

/** One lost partition, as an incident names it. */
export const lossOf = ({ commit, loss }: Assessment): Incident['losses'][number] => ({
  topic: commit.topic,
  partition: commit.partition,
  seenAt: loss?.lastSeenAt ?? commit.seenAt,
})

/** `lastSeenAt` of a lost offset, else 0. Later losses have a later value, because a group is read as one. */
export const lastSeenIfLost = ({ commit, loss }: Assessment): number =>
  loss?.lastSeenAt ?? (commit.gone ? commit.seenAt : 0)

export const lossKey = ({ topic, partition, seenAt }: Incident['losses'][number]) =>
  `${seenAt} ${partition} ${topic}`

/** The partitions of a loss, as they are now. */
export function lossesOf(incident: Incident, assessments: readonly Assessment[]): Assessment[] {
  const keys = new Set(incident.losses.map(lossKey))
  return assessments.filter(assessment => assessment.loss && keys.has(lossKey(lossOf(assessment))))
}

/** How many of these losses have each outcome, as text. */
export function lossOutcomes(losses: readonly Assessment[]): string {
  const outcomes = Map.groupBy(losses, ({ loss }) => loss?.outcome.kind)
  return [...outcomes]
    .map(([kind, { length }]) => `${kind} ${length}`)
    .sort()
    .join(' ')
}
