import { basename, dirname } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { routesOfFile } from '../../functions/config/included-routes.ts'
import { readSettings } from '../../functions/config/settings.ts'
import { files, refusal } from './reading.ts'

const payments = 'routes:\n  - { pattern: "payments-*", owner: team-payments, channel: "#pay" }\n'
const orders = 'routes:\n  - pattern: orders-*\n    owner: team-orders\n'
const all = {
  '/etc/teams/payments.yaml': payments,
  '/etc/teams/orders.yaml': orders,
  '/etc/teams/README.md': '# not a file of routes',
}

function routesWith(include: string, content: Record<string, string> = all) {
  const settings = `clusters:\n  - name: prod\n    routes: [{ pattern: pay, channel: "#own" }]\n    include: ${include}\n`
  const every = { ...content, '/etc/watchdog.yaml': settings }
  const list = (folder: string) =>
    Object.keys(every).flatMap(path => (dirname(path) === folder ? basename(path) : []))
  const { clusters } = readSettings({ WATCHDOG_CONFIG: '/etc/watchdog.yaml' }, files(every), list)
  return clusters[0]?.policy.routes
}

const ofPayments = {
  pattern: 'payments-*',
  owner: 'team-payments',
  place: { file: 'teams/payments.yaml', index: 0 },
}
const ofOrders = { pattern: 'orders-*', channel: undefined, owner: 'team-orders' }

test.each([
  [
    'the settings first, then from the files in the order of their names',
    '["teams/*.yaml"]',
    [ofOrders, ofPayments],
  ],
  [
    'the settings first, then from the files in the order of the list',
    '[teams/payments.yaml, teams/orders.yaml]',
    [ofPayments, ofOrders],
  ],
  [
    'each file once, by the first pattern that matches it',
    '[teams/payments.yaml, "teams/*.yaml"]',
    [ofPayments, ofOrders],
  ],
])('routes come from %s', (_, include, expected) => {
  expect(routesWith(include)).toMatchObject([{ pattern: 'pay', place: undefined }, ...expected])
})

describe('refusals with the setting, the file and the line', () => {
  const wrong = (text: string) => ({ '/etc/teams/a.yaml': text })
  test.each([
    [
      'a missing file',
      {},
      'clusters[0].include[0] in /etc/watchdog.yaml (line 4) is "/etc/teams/a.yaml", which does not exist: give the path of a readable file.',
    ],
    [
      'a mistyped key',
      wrong('routes:\n  - pattern: x\n    chanel: "#x"\n'),
      'routes[0].chanel in /etc/teams/a.yaml (line 3) is not a setting: did you mean channel?',
    ],
    [
      'a setting other than routes',
      wrong('routes: []\nignore: []\n'),
      'ignore in /etc/teams/a.yaml (line 2) is not a setting: known are routes.',
    ],
    [
      'a value of the wrong type',
      wrong('routes:\n  - pattern: x\n    owner: [a, b]\n'),
      'routes[0].owner in /etc/teams/a.yaml (line 3) cannot be used: write text.',
    ],
    [
      'a route without a channel or an owner',
      wrong('routes:\n  - pattern: x\n    owner: o\n  - pattern: y\n'),
      'routes[1] in /etc/teams/a.yaml (line 4) cannot be used: write a channel or an owner.',
    ],
    ['a file without routes', wrong('# nothing yet\n'), 'routes in /etc/teams/a.yaml (line 1) is missing.'],
    [
      'text that is not YAML',
      wrong('routes: [\n'),
      '/etc/teams/a.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1.',
    ],
  ])('%s', (_, content, expected) => {
    expect(refusal(() => routesWith('[teams/a.yaml]', content))).toBe(expected)
  })

  test('a pattern that matches no file', () => {
    expect(refusal(() => routesWith('["squads/*.yaml"]'))).toBe(
      'clusters[0].include[0] in /etc/watchdog.yaml (line 4) is "squads/*.yaml", which matches no file: correct it, or remove it.',
    )
  })

  test('a pattern that matches folders', () => {
    expect(refusal(() => routesWith('["*/routes.yaml"]'))).toContain(
      'in the name of a file, not of a folder.',
    )
  })
})

test('a team’s file can be read without any other settings', () => {
  expect(routesOfFile('payments.yaml', files({ 'payments.yaml': payments }))).toMatchObject([
    { pattern: 'payments-*', owner: 'team-payments', channel: '#pay' },
  ])
})
