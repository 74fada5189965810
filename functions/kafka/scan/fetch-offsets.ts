import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { keyOf, type TopicPartition } from '../../core/model/topic-partition.ts'
import type { Absence } from '../../core/reading.ts'
import { GROUP_ID_NOT_FOUND, UNSTABLE_OFFSET_COMMIT } from '../protocol/error-codes.ts'
import { BrokerError } from '../protocol/errors.ts'
import {
  type FetchedGroup,
  type GroupToFetch,
  OFFSETS_OF_MANY_GROUPS,
  offsetFetch,
} from '../protocol/messages/offset-fetch.ts'
import { askCoordinators } from '../requests/coordinators.ts'
import type { Scan } from '../requests/scan.ts'
import { byTopic, type KnownGroup } from './known-groups.ts'

/**
 * A coordinator's answer about one group. The group's offsets are rows [from, to). `absent` and `unreadable` come from
 * the second round.
 */
export interface GroupOffsets {
  from: number
  to: number
  absent: Absence[]
  unreadable: TopicPartition[]
}

type Keys = Map<string, TopicPartition[]>

const GROUPS_PER_REQUEST = 200

/**
 * Fetches all offsets of `groups` into `offsets`, in two rounds. The first round asks for everything; a pending
 * transactional commit shows as UNSTABLE_OFFSET_COMMIT in place of the offset. An offset that is missing from the first
 * round may still exist, since a request for everything leaves out topics that are not visible. So the second round
 * asks by name for the known keys that are missing, and for the offsets under pending commits.
 *
 * Only an answer with `requireStable` proves an absence. Kafka 4's coordinator then answers from its newest state, once
 * that state is committed to the log. Without `requireStable`, a coordinator that has just taken over from a dead
 * broker answers as of an old high watermark. It leaves out the last commits without an error (seen for a few ms after
 * each kill -9). Kafka: GroupCoordinatorService.fetchOffsets.
 *
 * Groups missing from the result were not read; the scan's problems say why. Rows outside all groups' ranges have no
 * meaning.
 */
export async function fetchOffsets(
  scan: Scan,
  groups: readonly string[],
  known: ReadonlyMap<string, KnownGroup>,
  offsets: CommittedOffsets,
): Promise<Map<string, GroupOffsets>> {
  const everything = (group: string) => ({ group, topics: null })
  const first = await fetch(scan, groups, everything, { into: offsets, requireStable: true })

  const pending: Keys = new Map()
  const missing: Keys = new Map()
  for (const [group, fetched] of first) {
    const hidden = fetched.errors.filter(({ error }) => error === UNSTABLE_OFFSET_COMMIT)
    if (hidden.length > 0) pending.set(group, hidden)
    const refused = fetched.errors.filter(({ error }) => error !== UNSTABLE_OFFSET_COMMIT)
    const lacking = distinct([
      ...missingKeys(known.get(group)?.keys() ?? [], fetched, hidden, offsets),
      ...refused,
    ])
    if (lacking.length > 0) missing.set(group, lacking)
  }

  const [values, named] = [new CommittedOffsets(), new CommittedOffsets()]
  const [underPending, byName] = await Promise.all([
    fetch(scan, [...pending.keys()], theseOf(pending), { into: values, requireStable: false }),
    fetch(scan, [...missing.keys()], theseOf(missing), { into: named, requireStable: true }),
  ])

  const results = new Map<string, GroupOffsets>()
  for (const [group, all] of first) {
    const [value, answer] = [underPending.get(group), byName.get(group)]
    if ((pending.has(group) && !value) || (missing.has(group) && !answer)) continue

    const errors = [value, answer].flatMap(fetched => fetched?.errors ?? [])
    for (const { topic, error } of errors) scan.problems.topic(topic, error)
    const leftOut = [
      ...missingFrom(value, values, pending.get(group)),
      ...missingFrom(answer, named, missing.get(group)),
    ]
    if (leftOut.length > 0) scan.problems.group(group, incomplete, scan.coordinators.get(group))
    const changed = value?.absent ?? []
    if (changed.length > 0) scan.problems.contradiction(group)
    results.set(group, {
      ...together(offsets, all, { rows: value, offsets: values }, { rows: answer, offsets: named }),
      absent: answer?.absent ?? [],
      unreadable: [...errors, ...leftOut, ...changed].map(({ topic, partition }) => ({ topic, partition })),
    })
  }
  return results
}

function missingKeys(
  known: TopicPartition[],
  { from, to }: Rows,
  hidden: TopicPartition[],
  { topic, partition }: CommittedOffsets,
): TopicPartition[] {
  const isShown = known.every(
    (key, i) => from + i < to && key.topic === topic[from + i] && key.partition === partition[from + i],
  )
  // Usually no key is missing and both lists have the same order, so this avoids a set for each of thousands of groups.
  if (isShown) return []
  const shown = new Set(hidden.map(keyOf))
  for (let i = from; i < to; i++) shown.add(keyOf({ topic: topic[i] ?? '', partition: partition[i] ?? 0 }))
  return known.filter(key => !shown.has(keyOf(key)))
}

/** The keys that were asked for by name and about which the answer says nothing. Some services leave out such keys. */
const missingFrom = (
  answer: FetchedGroup | undefined,
  offsets: CommittedOffsets,
  asked: TopicPartition[] = [],
): TopicPartition[] =>
  answer ? missingKeys(asked, answer, [...answer.absent, ...answer.errors], offsets) : []

const incomplete = new BrokerError(
  -1,
  'undecodable',
  'its answer has no entry for a partition that was asked for.',
)

const distinct = (keys: TopicPartition[]): TopicPartition[] =>
  keys.length < 2 ? keys : [...new Map(keys.map(key => [keyOf(key), key])).values()]

const theseOf =
  (keys: Keys) =>
  (group: string): GroupToFetch => ({ group, topics: byTopic(keys.get(group) ?? []) })

interface Rows {
  from: number
  to: number
}

interface OffsetsOfRound {
  rows: Rows | undefined
  offsets: CommittedOffsets
}

/** A group's rows must be adjacent. If the second round found rows, all rows of the group move to the end. */
function together(
  offsets: CommittedOffsets,
  all: Rows,
  underPending: OffsetsOfRound,
  byName: OffsetsOfRound,
): Rows {
  const added = [underPending, byName].some(({ rows }) => rows && rows.to > rows.from)
  if (!added) return { from: all.from, to: all.to }

  const start = offsets.length
  append(offsets, { rows: all, offsets }, false)
  append(offsets, underPending, true)
  append(offsets, byName, false)
  return { from: start, to: offsets.length }
}

function append(
  target: CommittedOffsets,
  { rows = { from: 0, to: 0 }, offsets: fetched }: OffsetsOfRound,
  isPending: boolean,
): void {
  const { group, topic, partition, offset, leaderEpoch, metadata } = fetched
  for (let i = rows.from; i < rows.to; i++) {
    target.push(
      group[i] ?? '',
      topic[i] ?? '',
      partition[i] ?? 0,
      offset[i] ?? 0n,
      leaderEpoch[i] ?? -1,
      metadata[i] ?? '',
      isPending,
    )
  }
}

async function fetch(
  scan: Scan,
  groups: readonly string[],
  toFetch: (group: string) => GroupToFetch,
  options: { into: CommittedOffsets; requireStable: boolean },
): Promise<Map<string, FetchedGroup>> {
  const { connection, progress } = scan
  let done = 0

  return askCoordinators(scan, groups, {
    async batch(broker) {
      const version = await connection.version(broker, offsetFetch)
      return version !== undefined && version < OFFSETS_OF_MANY_GROUPS ? 1 : GROUPS_PER_REQUEST
    },

    async ask(broker, batch) {
      const request = { groups: batch.map(toFetch), ...options }
      const fetched = await connection.send(broker, offsetFetch, request)
      done += batch.length
      progress('offsets', Math.min(done, groups.length), groups.length)
      return fetched.map(answer => withoutGroup(answer, toFetch(answer.group)))
    },

    accepts: [GROUP_ID_NOT_FOUND],
  })
}

/**
 * OffsetFetchResponse.json allows GROUP_ID_NOT_FOUND for a group that does not exist. Apache Kafka instead answers −1
 * for each partition that was asked for by name. Each of the two answers comes from the group's own coordinator, and
 * means that the group has no offset.
 */
function withoutGroup(answer: FetchedGroup, { topics }: GroupToFetch): FetchedGroup {
  const isAbsent = (error: number) => error === GROUP_ID_NOT_FOUND
  if (isAbsent(answer.error)) {
    const absent = (topics ?? []).flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({ topic, partition })),
    )
    return { ...answer, to: answer.from, absent, errors: [] }
  }
  const [gone, errors] = [
    answer.errors.filter(({ error }) => isAbsent(error)),
    answer.errors.filter(({ error }) => !isAbsent(error)),
  ]
  return gone.length === 0 ? answer : { ...answer, absent: [...answer.absent, ...gone], errors }
}
