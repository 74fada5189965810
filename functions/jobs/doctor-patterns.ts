import { matches } from '../core/glob.ts'
import { type PolicySettings, type Route, routeName } from '../core/model/settings.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { count } from '../text/count.ts'
import { type Finding, ok, warn } from './finding.ts'

/**
 * Compares patterns of the settings with the groups of the newest snapshot: finds patterns that match no group, and
 * routes that never win.
 */
export function examinePatterns(
  policy: Pick<
    PolicySettings,
    | 'routes'
    | 'ignore'
    | 'levelsByGroup'
    | 'recordsByGroup'
    | 'stepBackAlerts'
    | 'neverCommittedAlerts'
    | 'maintenance'
    | 'withoutMetadata'
    | 'withoutMembers'
  >,
  newest: Snapshot | undefined,
): Finding[] {
  const groups = [
    ...new Set([
      ...(newest?.commits.columns.group_id.strings ?? []),
      ...(newest?.head.neverCommitted ?? []).map(({ group }) => group),
    ]),
  ]
  if (groups.length === 0) return []
  const named = (list: readonly { pattern: string }[], setting: string) =>
    list.map(({ pattern }, i) => ({ pattern, name: `${setting}[${i}]` }))
  const { routes } = policy
  const patterns = [
    ...routes.map(route => ({ pattern: route.pattern, name: routeName(route, routes) })),
    ...named(policy.ignore.filter(isOwn), 'ignore'),
    ...named(policy.levelsByGroup, 'levelsByGroup'),
    ...policy.recordsByGroup.map(({ pattern }, i) => ({ pattern, name: `recordsByGroup[${i}]` })),
    ...policy.stepBackAlerts.map((pattern, i) => ({ pattern, name: `stepBackAlerts[${i}]` })),
    ...policy.neverCommittedAlerts.map((pattern, i) => ({ pattern, name: `neverCommittedAlerts[${i}]` })),
    ...named(policy.maintenance ?? [], 'maintenance'),
    ...policy.withoutMetadata.map((pattern, i) => ({ pattern, name: `withoutMetadata[${i}]` })),
    ...policy.withoutMembers.map((pattern, i) => ({ pattern, name: `withoutMembers[${i}]` })),
  ]
  const idle = patterns
    .filter(({ pattern }) => !groups.some(group => matches(pattern, group)))
    .map(({ pattern, name }) =>
      warn(name, `its pattern ${JSON.stringify(pattern)} matches no group`, 'Correct it, or remove it.'),
    )
  return [...idle, ...secondRoutes(routes, groups), ...ownership(routes, groups)]
}

/** False for default rules: they match groups that tools leave behind, and no group if no tool has run. */
const isOwn = ({ reason }: PolicySettings['ignore'][number]) => !reason.startsWith('by default: ')

/** Routes that share groups with an earlier route, which wins. */
function secondRoutes(routes: readonly Route[], groups: readonly string[]): Finding[] {
  const shadowed = new Map<Route, Map<Route, string[]>>()
  for (const group of groups) {
    const [first, ...others] = routes.filter(({ pattern }) => matches(pattern, group))
    for (const other of others) {
      if (first === undefined) continue
      const byFirst = shadowed.get(other) ?? new Map<Route, string[]>()
      byFirst.set(first, [...(byFirst.get(first) ?? []), group])
      shadowed.set(other, byFirst)
    }
  }
  return [...shadowed].flatMap(([route, byFirst]) =>
    [...byFirst].map(([first, found]) =>
      warn(
        routeName(route, routes),
        `${count(found.length, 'group')} such as ${JSON.stringify(found[0])} ${found.length === 1 ? 'has' : 'have'} an earlier route, ${routeName(first, routes)}: the first one wins`,
        'Make one of the patterns narrower, or remove a route.',
      ),
    ),
  )
}

function ownership(routes: readonly Route[], groups: readonly string[]): Finding[] {
  if (!routes.some(({ owner }) => owner !== undefined)) return []
  const isOwned = (group: string) =>
    routes.find(({ pattern }) => matches(pattern, group))?.owner !== undefined
  const unowned = groups.filter(group => !isOwned(group))
  const [example] = unowned
  if (example === undefined) return [ok('owners', `all ${count(groups.length, 'group')} have one`)]
  return [
    ok(
      'owners',
      `${count(unowned.length, 'group')} of ${groups.length} ${unowned.length === 1 ? 'has' : 'have'} none, such as ${JSON.stringify(example)}: the default channel gets their messages`,
    ),
  ]
}
