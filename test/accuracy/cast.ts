import type { Key } from './history.ts'
import type { Row, Scenario } from './scenario.ts'

/** A group that plays a scenario, with its own topics. */
export interface Player {
  group: string
  scenario: Scenario
  partitions: number
}

/** A committed offset that counts as part of a row. */
export interface Subject extends Key {
  row: Row
}

/** Number of groups for each scenario, and of partitions in each of their topics. */
export interface Size {
  groups: number
  partitions: number
}

export const playersOf = (scenarios: readonly Scenario[], { groups, partitions }: Size): Player[] =>
  scenarios.flatMap(scenario =>
    Array.from({ length: groups }, (_, i) => ({ group: `${scenario.name}-${i + 1}`, scenario, partitions })),
  )

export const topicOf = ({ group }: Player, name: string): string => `${group}.${name}`

export const keysOf = (player: Player, name: string): Key[] =>
  Array.from({ length: player.partitions }, (_, partition) => ({
    group: player.group,
    topic: topicOf(player, name),
    partition,
  }))

export const subjectsOf = (player: Player): Subject[] =>
  Object.entries(player.scenario.rows).flatMap(([name, row]) =>
    keysOf(player, name).map(key => ({ ...key, row })),
  )

export const topicsOf = (player: Player): { topic: string; numPartitions: number }[] =>
  Object.keys(player.scenario.rows).map(name => ({
    topic: topicOf(player, name),
    numPartitions: player.partitions,
  }))
