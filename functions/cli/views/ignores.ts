import type { SlackIgnoreRule } from '../../core/model/settings.ts'
import { yamlOfRule } from '../../text/yaml-rule.ts'
import { beginning, date, name } from './format.ts'
import { table } from './table.ts'

type Rules = readonly { cluster: string; rule: SlackIgnoreRule }[]

export const ignoresView = (rules: Rules, now: number): string =>
  rules.length === 0
    ? 'There is no ignore rule from Slack.'
    : table(
        ['CLUSTER', 'PATTERN', 'UNTIL (UTC)', 'BY', 'REASON'],
        rules.map(({ cluster, rule: { pattern, until, by, reason } }) => [
          cluster,
          name(pattern),
          date(until, now),
          name(by.name),
          beginning(reason),
        ]),
      )

export function ignoresYaml(rules: Rules): string {
  if (rules.length === 0) return '# There is no ignore rule from Slack.'
  const clusters = Map.groupBy(rules, ({ cluster }) => cluster)
  return [
    'clusters:',
    ...[...clusters].flatMap(([cluster, found]) => [
      `  - name: ${JSON.stringify(cluster)}`,
      '    ignore:',
      ...found.map(({ rule }) => `      ${yamlOfRule(rule)}`),
    ]),
  ].join('\n')
}
