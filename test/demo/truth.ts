import { setTimeout as sleep } from 'node:timers/promises'
import type { Witness } from '../brokers/witness.ts'
import { groups as all, type Group, placeOf } from './cast.ts'

/** The two moments between which an offset vanished, as another client saw it. In ms since the epoch. */
export interface Vanishing {
  lastSeenAt: number
  missingAt: number
}

/** Resolves when all of the groups have lost their offsets. */
export const vanishingOf = (truth: Witness, groups: readonly Group[], signal: AbortSignal) =>
  byGroup(groups, group => vanishing(truth, group, signal))

/** The offset of every group. */
export const committedBy = (truth: Witness) => byGroup(all, group => truth.committed(group, placeOf[group]))

async function byGroup<T>(groups: readonly Group[], ask: (group: Group) => Promise<T>) {
  return new Map(await Promise.all(groups.map(async group => [group, await ask(group)] as const)))
}

async function vanishing(truth: Witness, group: Group, signal: AbortSignal): Promise<Vanishing> {
  for (let lastSeenAt = Date.now(); ; await sleep(200, undefined, { signal })) {
    const askedAt = Date.now()
    if ((await truth.committed(group, placeOf[group])) === undefined)
      return { lastSeenAt, missingAt: Date.now() }
    lastSeenAt = askedAt
  }
}
