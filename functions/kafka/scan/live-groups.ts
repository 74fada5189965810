import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import type { Connection } from '../connection/connection.ts'
import { listGroups } from '../protocol/messages/list-groups.ts'
import { coordinatesUnseen, locate } from '../requests/coordinators.ts'
import { newScan, orProblem, retryUntilSettled, type Scan } from '../requests/scan.ts'
import { fetchOffsets, type GroupOffsets } from './fetch-offsets.ts'
import { listed } from './list-groups.ts'

/**
 * Groups that have offsets but that their own coordinator does not list. Each is checked twice: once by the caller,
 * once here. Apache Kafka lists every group that has offsets. A service that lists only groups with members, such as
 * Azure Event Hubs, hides stopped groups.
 * @param fetched offsets of groups that no broker had listed
 */
export async function listedOnlyLive(
  scan: Scan,
  fetched: ReadonlyMap<string, Pick<GroupOffsets, 'from' | 'to'>>,
): Promise<string[]> {
  const groups = withOffsets(fetched)
  const coordinators = new Set(groups.flatMap(group => scan.coordinators.get(group) ?? []))
  const shown = new Map<number, Set<string>>()
  for (const broker of coordinators) {
    const listing = await orProblem(scan, scan.connection.send(broker, listGroups, null))
    if (listing?.error === 0) shown.set(broker, new Set(listing.groups.map(({ group }) => group)))
  }

  const missing = groups.filter(group => shown.get(scan.coordinators.get(group) ?? -1)?.has(group) === false)
  return withOffsets(await fetchOffsets(scan, missing, new Map(), new CommittedOffsets()))
}

const withOffsets = (fetched: ReadonlyMap<string, Pick<GroupOffsets, 'from' | 'to'>>): string[] =>
  [...fetched].flatMap(([group, { from, to }]) => (to > from ? [group] : []))

/**
 * Like `listedOnlyLive`, but for doctor, which knows the groups by name.
 * @throws BrokerError if no broker answers
 */
export async function findListedOnlyLive(
  connection: Connection,
  groups: readonly string[],
): Promise<string[]> {
  const scan = newScan(connection, {})
  const { groups: found } = await listed(scan, groups)
  const names = new Set(found.map(({ group }) => group))
  const unlisted = groups.filter(group => !names.has(group))
  const [first] = unlisted
  if (first === undefined) return []

  scan.mayFindCoordinators ||= await coordinatesUnseen(scan, first)
  await retryUntilSettled(scan, unlisted, open => locate(scan, open))
  return listedOnlyLive(scan, await fetchOffsets(scan, unlisted, new Map(), new CommittedOffsets()))
}
