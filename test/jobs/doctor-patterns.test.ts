import { expect, test } from '@jest/globals'
import { ignoredByDefault } from '../../functions/config/settings.ts'
import type { PolicySettings, Route } from '../../functions/core/model/settings.ts'
import { examinePatterns } from '../../functions/jobs/doctor-patterns.ts'
import { policy } from '../builders/commits.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'

const newest = snapshotOf(['orders', 'payments-a', 'payments-b'].map(group => commitOf({ group })))
const route = (pattern: string, more: Partial<Route> = {}): Route => ({
  pattern,
  channel: '#team',
  mention: undefined,
  ...more,
})
const said = (changes: Partial<PolicySettings>, snapshot: typeof newest | undefined = newest) =>
  examinePatterns({ ...policy, ...changes }, snapshot).map(
    ({ outcome, subject, says }) => `${outcome} ${subject}: ${says}`,
  )
const included = { place: { file: 'teams/payments.yaml', index: 3 } }

test('a pattern may match a group that has never committed', () => {
  const silent = { group: 'audit', topic: 'orders', partitions: [0], since: 0 }
  const snapshot = snapshotOf([commitOf()], { neverCommitted: [silent] })
  expect(said({ neverCommittedAlerts: ['audit', 'x'] }, snapshot)).toEqual([
    'warn neverCommittedAlerts[1]: its pattern "x" matches no group',
  ])
})

test.each<[string, Partial<PolicySettings>, string[]]>([
  ['nothing is set', {}, []],
  ['each pattern matches a group', { routes: [route('payments-*')] }, []],
  [
    'a route matches no group',
    { routes: [route('payment-*')] },
    ['warn routes[0]: its pattern "payment-*" matches no group'],
  ],
  [
    'a route of a team’s file matches no group',
    { routes: [route('payment-*', included)] },
    ['warn routes[3] in teams/payments.yaml: its pattern "payment-*" matches no group'],
  ],
  [
    'patterns of ignore and withoutMembers match no group',
    {
      ignore: [{ pattern: 'x', reason: 'gone', until: undefined }, ...ignoredByDefault],
      withoutMembers: ['y'],
    },
    [
      'warn ignore[0]: its pattern "x" matches no group',
      'warn withoutMembers[0]: its pattern "y" matches no group',
    ],
  ],
  [
    'two routes match a group',
    { routes: [route('payments-*'), route('*-b', included)] },
    [
      'warn routes[3] in teams/payments.yaml: 1 group such as "payments-b" has an earlier route, routes[0]: the first one wins',
    ],
  ],
  [
    'some groups have no owner',
    { routes: [route('payments-*', { owner: 'team-payments' })] },
    ['ok owners: 1 group of 3 has none, such as "orders": the default channel gets their messages'],
  ],
  [
    'each group has an owner',
    { routes: [route('*', { owner: 'ops' })] },
    ['ok owners: all 3 groups have one'],
  ],
])('%s', (_, changes, expected) => {
  expect(said(changes)).toEqual(expected)
})

test('no pattern is judged without a snapshot', () => {
  expect(said({ routes: [route('x')] }, snapshotOf([]))).toEqual([])
})
