import type { RecordedAction } from '../../core/alerts/recorded-action.ts'
import { beginning, date, name } from './format.ts'
import { table } from './table.ts'

export const auditView = (actions: readonly RecordedAction[], now: number): string =>
  actions.length === 0
    ? 'There are no actions in this time.'
    : table(
        ['TIME (UTC)', 'CLUSTER', 'BY', 'ACTION', 'OUTCOME', 'INCIDENT', 'GROUP', 'REASON'],
        actions.map(({ at, cluster, by, action, outcome, incident, group, reason, before, after }) => [
          date(at, now),
          cluster,
          name(by.id === null ? by.name : `${by.name} (${by.id})`),
          action,
          outcome,
          incident ?? '',
          name(group ?? patternOf(after ?? before)),
          beginning(reason ?? ''),
        ]),
      )

/** The pattern of a rule or a silence; empty for an incident. */
const patternOf = (standing: RecordedAction['after']): string =>
  typeof standing?.pattern === 'string' ? standing.pattern : ''
