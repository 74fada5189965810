import { expect, test } from '@jest/globals'
import type { IgnoreMode } from '../../functions/core/model/settings.ts'
import { whyMayNotIgnore } from '../../functions/jobs/may-ignore.ts'
import { policy } from '../builders/commits.ts'

const routes = [
  { pattern: 'pay-*', channel: '#pay', mention: undefined, ignoreBy: 'SPAY' },
  { pattern: 'other-*', channel: '#other', mention: undefined },
]
const members = new Map([
  ['SPAY', ['kari']],
  ['SALL', ['ola']],
])

interface Case {
  user: string
  group: string
  pattern?: string
  ignore?: IgnoreMode
  ignoreBy?: string | undefined
}
const wouldMatchOthers =
  'The id of this group has a *, which stands for any characters in a rule. So the rule would match other groups, too. Write a pattern to choose them.'
const onlyOf = (groups: string) => `Only members of the Slack user group ${groups} may do that.`

test.each<[what: string, given: Case, why: string | undefined]>([
  ['a member of the route’s user group: a group of the route', { user: 'kari', group: 'pay-1' }, undefined],
  [
    'a member of the route’s user group: a group of another route',
    { user: 'kari', group: 'other-1' },
    onlyOf('SALL'),
  ],
  [
    'a member of the route’s user group: a group without a route',
    { user: 'kari', group: 'app' },
    onlyOf('SALL'),
  ],
  [
    'a member of the common user group: the same, with a pattern',
    { user: 'ola', group: 'other-*', pattern: 'other-*' },
    undefined,
  ],
  [
    'a member of the route’s user group: a pattern',
    { user: 'kari', group: 'pay-1', pattern: 'pay-*' },
    onlyOf('SALL'),
  ],
  [
    'a member of the route’s user group: a group whose name looks like a pattern',
    { user: 'kari', group: 'pay-*' },
    wouldMatchOthers,
  ],
  ['a member of the default user group: any group', { user: 'ola', group: 'pay-1' }, undefined],
  [
    'a member of the default user group: a pattern',
    { user: 'ola', group: 'pay-1', pattern: 'pay-*' },
    undefined,
  ],
  [
    'a member of the default user group: a pattern that does not match the group',
    { user: 'ola', group: 'pay-1', pattern: 'app-*' },
    'The pattern does not match the group.',
  ],
  ['a member of neither user group', { user: 'per', group: 'pay-1' }, onlyOf('SPAY or SALL')],
  [
    'a group without a user group in the settings',
    { user: 'kari', group: 'app', ignoreBy: undefined },
    'Nobody may do that from Slack: the settings name no user group in slack.ignoreBy, nor in ignoreBy of the route.',
  ],
  ['any user: a proposal', { user: 'per', group: 'app', ignore: 'propose' }, undefined],
  [
    'any user, if ignoring is switched off',
    { user: 'ola', group: 'app', ignore: 'off' },
    'Ignoring from Slack is switched off in the settings.',
  ],
])('%s', async (_, { user, group, pattern = null, ignore = 'on', ...given }, why) => {
  const slack = { ignore, ignoreBy: 'ignoreBy' in given ? given.ignoreBy : 'SALL' }
  const membersOf = async (userGroup: string) => members.get(userGroup) ?? []
  expect(
    await whyMayNotIgnore({ group, pattern, user, policy: { ...policy, routes }, slack, membersOf }),
  ).toBe(why)
})
