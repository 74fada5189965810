import { matches } from '../core/glob.ts'
import type { PolicySettings, SlackSettings } from '../core/model/settings.ts'
import { routeOf } from '../core/policy.ts'

export interface MayIgnore {
  /** Group of the incident. */
  group: string
  /** Null: this group alone. */
  pattern: string | null
  /** Slack's id of the user. */
  user: string
  policy: PolicySettings
  slack: Pick<SlackSettings, 'ignore' | 'ignoreBy'>
  /**
   * The ids of the users in a Slack user group.
   * @throws Failure
   */
  membersOf: (userGroup: string) => Promise<readonly string[]>
}

/**
 * The reason why a user may not add this rule, as a sentence; undefined: the user may add it. Anybody may propose a
 * rule. The user group of the route may ignore a group of that route. The user group of the default channel may ignore
 * any group, also by a pattern.
 */
export async function whyMayNotIgnore({
  group,
  pattern,
  user,
  policy,
  slack,
  membersOf,
}: MayIgnore): Promise<string | undefined> {
  if (slack.ignore === 'off') return 'Ignoring from Slack is switched off in the settings.'
  if (pattern !== null && !matches(pattern, group)) return 'The pattern does not match the group.'
  if (pattern === null && group.includes('*'))
    return 'The id of this group has a *, which stands for any characters in a rule. So the rule would match other groups, too. Write a pattern to choose them.'
  if (slack.ignore === 'propose') return undefined

  const isPattern = (pattern ?? group).includes('*')
  const ofRoute = isPattern ? undefined : routeOf(group, policy)?.ignoreBy
  const userGroups = [...new Set([ofRoute, slack.ignoreBy])].filter(id => id !== undefined)
  if (userGroups.length === 0)
    return 'Nobody may do that from Slack: the settings name no user group in slack.ignoreBy, nor in ignoreBy of the route.'
  for (const userGroup of userGroups) if ((await membersOf(userGroup)).includes(user)) return undefined
  return `Only members of the Slack user group ${userGroups.join(' or ')} may do that.`
}
