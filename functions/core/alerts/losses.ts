import type { Assessment } from '../policy.ts'
import type { Incident } from './alert-state.ts'

/** One lost partition, in the form that an incident stores. */
export const lossOf = ({ commit, loss }: Assessment): Incident['losses'][number] => ({
  topic: commit.topic,
  partition: commit.partition,
  seenAt: loss?.lastSeenAt ?? commit.seenAt,
})

/**
 * The offset's last sighting (`lastSeenAt`) if the offset is lost, else 0. A later loss has a later time, because all
 * partitions of a group are read together.
 */
export const lastSeenIfLost = ({ commit, loss }: Assessment): number =>
  loss?.lastSeenAt ?? (commit.gone ? commit.seenAt : 0)

export const lossKey = ({ topic, partition, seenAt }: Incident['losses'][number]) =>
  `${seenAt} ${partition} ${topic}`

/** The current assessments of the partitions that the incident lost. */
export function lossesOf(incident: Incident, assessments: readonly Assessment[]): Assessment[] {
  const keys = new Set(incident.losses.map(lossKey))
  return assessments.filter(assessment => assessment.loss && keys.has(lossKey(lossOf(assessment))))
}

/** The number of losses by outcome, as text. */
export function lossOutcomes(losses: readonly Assessment[]): string {
  const outcomes = Map.groupBy(losses, ({ loss }) => loss?.outcome.kind)
  return [...outcomes]
    .map(([kind, { length }]) => `${kind} ${length}`)
    .sort()
    .join(' ')
}
