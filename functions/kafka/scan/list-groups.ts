import type { GroupKind, Problem } from '../../core/model/commit.ts'
import { CONSUMER_OFFSETS } from '../../core/model/topic-partition.ts'
import { COORDINATOR_NOT_AVAILABLE } from '../protocol/error-codes.ts'
import { errorName, problemCode } from '../protocol/errors.ts'
import { type GroupListing, listGroups } from '../protocol/messages/list-groups.ts'
import { coordinatesUnseen, isRetriable, locate } from '../requests/coordinators.ts'
import { live, orProblem, retryUntilSettled, type Scan } from '../requests/scan.ts'
import { asKind, type KnownGroup } from './known-groups.ts'

/** A group to read, with what is known before it is described. */
export interface FoundGroup {
  group: string
  /** `unknown` if neither a listing nor the last snapshot has the kind. */
  kind: GroupKind
  /** Undefined if no broker listed the group. */
  state: string | undefined
}

export interface ListedGroups {
  /** Each group with the broker that lists it. Share groups, which commit no offsets, are left out. */
  groups: FoundGroup[]
  shares: FoundGroup[]
  /** Groups that more than one broker lists. */
  moving: ReadonlySet<string>
  /** True if every broker listed its groups. */
  complete: boolean
}

/**
 * The groups that at least one broker lists.
 * @param names the groups to read; undefined: all
 */
export async function listed(scan: Scan, names: readonly string[] | undefined): Promise<ListedGroups> {
  const { coordinators, progress } = scan
  const brokers = live(scan)
  const wanted = names && new Set(names)

  let done = 0
  const listings = await Promise.all(
    brokers.map(async broker => {
      const groups = await groupsOf(scan, broker)
      progress('brokers', ++done, brokers.length)
      return { broker, groups }
    }),
  )

  const found = new Map<string, FoundGroup>()
  const moving = new Set<string>()
  for (const { broker, groups } of listings) {
    for (const { group, type, state } of groups ?? []) {
      if (wanted && !wanted.has(group)) continue
      if (found.has(group)) moving.add(group)
      found.set(group, { group, kind: asKind(type), state: state ?? undefined })
      coordinators.set(group, broker)
    }
  }
  // A listed group implies that __consumer_offsets exists, even if it is not visible.
  if (coordinators.size > 0) scan.mayFindCoordinators = true

  const isShare = ({ group, kind }: FoundGroup) => kind === 'share' && !wanted?.has(group)
  const groups = [...found.values()]
  return {
    groups: groups.filter(group => !isShare(group)),
    shares: groups.filter(isShare),
    moving,
    complete: listings.every(({ groups }) => groups !== undefined),
  }
}

/**
 * Groups to read although no broker lists them: those of the last snapshot, or those asked for by name. Share groups
 * are among them if a group of the same name committed before. A listing proves no absence: while brokers come and go,
 * it may happen that no broker lists a group. So the coordinator of each missing group is looked up.
 */
export async function unlisted(
  scan: Scan,
  { groups, shares, moving }: ListedGroups,
  known: ReadonlyMap<string, KnownGroup>,
  names: readonly string[] | undefined,
): Promise<FoundGroup[]> {
  const found = shares.filter(({ group }) => known.has(group))
  const seen = new Set([...groups, ...found].map(({ group }) => group))
  const homeless = [...new Set(names ?? known.keys())].filter(group => !seen.has(group))
  const sought = [...homeless, ...moving]
  const [first] = sought
  if (first !== undefined && !scan.mayFindCoordinators) {
    scan.mayFindCoordinators = await coordinatesUnseen(scan, first)
    if (!scan.mayFindCoordinators) scan.problems.add(noConsumerOffsets)
  }

  const left = await retryUntilSettled(scan, sought, open => locate(scan, open))
  for (const group of left) scan.problems.group(group, COORDINATOR_NOT_AVAILABLE)

  return [
    ...found,
    ...homeless.map(group => ({ group, kind: known.get(group)?.kind ?? 'unknown', state: undefined })),
  ]
}

const noConsumerOffsets: Problem = {
  scope: { topic: CONSUMER_OFFSETS },
  code: 'unknown',
  message:
    'The topic __consumer_offsets is not visible, and a request for an unlisted group would create it, so the last known data of unlisted groups is kept: check that this is the right cluster.',
}

/** Undefined if the broker does not list its groups, which is a problem. */
async function groupsOf(scan: Scan, broker: number): Promise<GroupListing[] | undefined> {
  let groups: GroupListing[] | undefined
  let error = 0

  await retryUntilSettled(scan, [broker], async () => {
    const listing = await orProblem(scan, scan.connection.send(broker, listGroups, null))
    if (listing === undefined) return []
    error = listing.error
    if (error === 0) groups = listing.groups
    return isRetriable(error) ? [broker] : []
  })

  if (error !== 0) {
    scan.problems.add({
      scope: { broker },
      code: problemCode(error),
      message: `Broker ${broker} did not list its groups (${errorName(error)}): new groups there are not known yet; the next snapshot asks again.`,
    })
  }
  return groups
}
