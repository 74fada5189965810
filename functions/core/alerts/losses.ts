import type { Loss } from '../evidence/loss.ts'
import { keyOf } from '../model/topic-partition.ts'
import type { Assessment } from '../policy.ts'
import type { Incident } from './alert-state.ts'
import type { LostCommit } from './notice.ts'

/** One lost partition, in the form that an incident stores. */
export const storedLoss = ({ commit, loss }: Assessment): Incident['losses'][number] => ({
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
  return assessments.filter(assessment => assessment.loss && keys.has(lossKey(storedLoss(assessment))))
}

/** The number of losses by outcome, as text. */
export function lossOutcomes(losses: readonly Pick<Loss, 'outcome'>[]): string {
  const outcomes = Map.groupBy(losses, ({ outcome }) => outcome.kind)
  return [...outcomes]
    .map(([kind, { length }]) => `${kind} ${length}`)
    .sort()
    .join(' ')
}

export const isReset = ({ outcome }: Pick<Loss, 'outcome'>): boolean =>
  outcome.kind === 'rewound' || outcome.kind === 'went-on-or-skipped'

/**
 * Number of resets of the partition that was reset most often; 0 below 2. A partition that is reset after each loss and
 * never restored probably needs no offset.
 * @param ofGroup all incidents of the group
 * @param losses of the newest incident
 */
export function resetsOf(ofGroup: readonly Incident[], losses: readonly LostCommit[]): number {
  const lossIncidents = ofGroup.filter(({ kind }) => kind === 'loss')
  if (lossIncidents.some(({ closed }) => closed?.why === 'recovered' || closed?.why === 'acknowledged'))
    return 0

  // Two losses of a partition imply a reset in between. For the latest loss, `outcome` shows a reset.
  const resetPartitions = new Set(losses.filter(isReset).map(({ commit }) => keyOf(commit)))
  const times = Map.groupBy(
    lossIncidents
      .flatMap(other => other.losses.map(keyOf))
      .filter(partition => resetPartitions.has(partition)),
    partition => partition,
  )
  const most = times.values().reduce((most, { length }) => Math.max(most, length), 0)
  return most < 2 ? 0 : most
}
