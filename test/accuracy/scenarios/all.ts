import type { KafkaVersion } from '../../brokers/libraries.ts'
import type { Scenario } from '../scenario.ts'
import { classic } from './classic.ts'
import { deletions } from './deletions.ts'
import { explicit } from './explicit.ts'
import { kip848 } from './kip-848.ts'
import { losses } from './losses.ts'
import { restarts } from './restarts.ts'
import { simple } from './simple.ts'
import { transactions } from './transactions.ts'

const all = [
  ...simple,
  ...classic,
  ...kip848,
  ...explicit,
  ...transactions,
  ...losses,
  ...deletions,
  ...restarts,
]

export const scenarioNames = [...new Set(all.map(({ name }) => name))]

/** What that version's group coordinator can play, or only what has this name. */
export function scenariosFor(version: KafkaVersion, only?: string): Scenario[] {
  const mine = version.startsWith('3.') ? 'old' : 'new'
  return all.filter(
    ({ name, coordinator = mine }) => coordinator === mine && (only === undefined || only === name),
  )
}
