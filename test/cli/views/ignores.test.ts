import { expect, test } from '@jest/globals'
import { auditView } from '../../../functions/cli/views/audit.ts'
import { ignoresView, ignoresYaml } from '../../../functions/cli/views/ignores.ts'
import { readSettings } from '../../../functions/config/settings.ts'
import type { RecordedAction } from '../../../functions/core/alerts/recorded-action.ts'
import { DAY, monday } from '../../core/readings.ts'

const rule = {
  id: '20261223T000000.000Z-6dbb4a20',
  pattern: 'ci-*"\n',
  reason: "the #1 team: it's {short-lived}",
  until: Date.parse('2026-12-23T00:00Z'),
  by: { id: 'U1', name: 'kari', team: 'T1' },
  createdAt: monday,
}
const rules = [
  { cluster: 'prod', rule },
  { cluster: 'test', rule: { ...rule, pattern: 'orders' } },
]

test('exported rules are valid settings', () => {
  const { clusters } = readSettings({ WATCHDOG_CONFIG: 'watchdog.yaml' }, () =>
    ignoresYaml(rules).replaceAll('    ignore:', '    kafka: { brokers: "kafka:9092" }\n    ignore:'),
  )
  const { reason, until } = rule
  expect(clusters.map(({ name, policy }) => [name, policy.ignore[0]])).toEqual([
    ['prod', { pattern: 'ci-*"\n', reason, until }],
    ['test', { pattern: 'orders', reason, until }],
  ])
})

test('rules are listed in a table, and names cannot break it', () => {
  expect(ignoresView(rules, monday)).toMatch(
    /^CLUSTER {2}PATTERN +UNTIL \(UTC\) +BY {4}REASON\nprod {5}\S+ +Wed 23 Dec 00:00 +kari {2}the #1 team/,
  )
  expect(ignoresView(rules, monday).split('\n')).toHaveLength(3)
})

test('without a rule there is one sentence, which is a comment in YAML', () => {
  expect(ignoresView([], monday)).toBe('There is no ignore rule from Slack.')
  expect(ignoresYaml([])).toBe('# There is no ignore rule from Slack.')
})

test('the audit shows who did what, and the pattern of an ignore rule', () => {
  const action: RecordedAction = {
    id: 'aaaaaaaaaaaa',
    cluster: 'prod',
    at: monday + DAY,
    action: 'ignore',
    by: rule.by,
    incident: '7c1f09ab52e4',
    group: null,
    reason: 'gone',
    outcome: 'done',
    before: null,
    after: { pattern: 'ci-*', until: monday + 2 * DAY },
  }
  const mine: RecordedAction = { ...action, by: { id: null, name: 'ada', team: null }, incident: null }
  const [, first, second] = auditView([action, mine], monday).split('\n')
  expect(first?.split(/ {2,}/).slice(1)).toEqual([
    'prod',
    'kari (U1)',
    'ignore',
    'done',
    '7c1f09ab52e4',
    'ci-*',
    'gone',
  ])
  expect(second?.split(/ {2,}/).slice(1)).toEqual(['prod', 'ada', 'ignore', 'done', 'ci-*', 'gone'])
  expect(auditView([], monday)).toBe('There are no actions in this time.')
})
