import { defaultCoordinator, groupsOf } from '../../brokers/coordinators.ts'
import type { RunOptions } from '../run.ts'
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

/** The scenarios that this coordinator can play, or only the one with this name. */
export function scenariosFor({
  kafka,
  only,
  ...options
}: Pick<RunOptions, 'kafka' | 'coordinator' | 'only'>) {
  const mine = options.coordinator ?? defaultCoordinator(kafka)
  const groups = groupsOf(kafka, mine)
  const isPlayed = ({ kind, becomes }: Scenario) =>
    (kind === undefined || groups?.kinds.includes(kind)) &&
    (becomes === undefined || groups?.becomes.includes(becomes))
  return all.filter(
    scenario =>
      (scenario.coordinator ?? mine) === mine &&
      isPlayed(scenario) &&
      (only === undefined || only === scenario.name),
  )
}
