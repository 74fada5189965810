import { CommittedOffsets } from '../core/committed-offsets.ts'
import { askCoordinators } from './coordinators.ts'
import { byTopic, type KnownGroup, keyOf, type TopicPartition } from './known-groups.ts'
import {
  type FetchedGroup,
  type GroupToFetch,
  OFFSETS_OF_MANY_GROUPS,
  offsetFetch,
} from './messages/offset-fetch.ts'
import type { Pass } from './pass.ts'

/** What a coordinator has of one group: rows [from, to) of the offsets, and what it says of the keys known before. */
export interface GroupOffsets {
  from: number
  to: number
  absent: TopicPartition[]
  unreadable: TopicPartition[]
}

const GROUPS_PER_REQUEST = 200
const UNSTABLE_OFFSET_COMMIT = 88

/**
 * Fetches all offsets of `groups` into `offsets`, in at most two rounds. The first asks for everything, and shows a
 * pending transactional commit as error 88 in place of the offset. An answer to "everything" says nothing of what is
 * not in it: it leaves out what may not be seen. So the second round asks by name for the offsets under pending commits
 * and for the known keys that the first did not show.
 *
 * Groups that are not in the result were not read; why is in the pass's problems. Rows outside all groups' ranges have
 * no meaning.
 */
export async function fetchOffsets(
  pass: Pass,
  groups: readonly string[],
  known: ReadonlyMap<string, KnownGroup>,
  offsets: CommittedOffsets,
): Promise<Map<string, GroupOffsets>> {
  const all = await fetch(pass, groups, offsets, group => ({ group, topics: null }), true)

  const questions = new Map<string, Doubts>()
  const results = new Map<string, GroupOffsets>()
  for (const [group, fetched] of all) {
    const doubts = doubtsOf(fetched, offsets, known.get(group)?.keys ?? [])
    if (doubts.pending.length + doubts.missing.length > 0) questions.set(group, doubts)
    else results.set(group, { from: fetched.from, to: fetched.to, absent: [], unreadable: [] })
  }
  if (questions.size === 0) return results

  const named = new CommittedOffsets()
  const byName = await fetch(pass, [...questions.keys()], named, group => toAsk(group, questions), false)
  for (const [group, answer] of byName) {
    const [fetched, doubts] = [all.get(group), questions.get(group)]
    if (fetched && doubts) results.set(group, combined(pass, offsets, fetched, named, answer, doubts))
  }
  return results
}

/** What the first round leaves open of one group. */
interface Doubts {
  /** Partitions whose offset a pending transactional commit hides. */
  pending: TopicPartition[]
  /** Keys that were known and were not shown. */
  missing: TopicPartition[]
}

function doubtsOf(
  { from, to, errors }: FetchedGroup,
  offsets: CommittedOffsets,
  keys: TopicPartition[],
): Doubts {
  const pending = errors.filter(({ error }) => error === UNSTABLE_OFFSET_COMMIT)
  if (keys.length === 0) return { pending, missing: [] }

  const shown = new Set(pending.map(keyOf))
  for (let i = from; i < to; i++) shown.add(`${offsets.partition[i]} ${offsets.topic[i]}`)
  return { pending, missing: keys.filter(key => !shown.has(keyOf(key))) }
}

function toAsk(group: string, questions: ReadonlyMap<string, Doubts>): GroupToFetch {
  const { pending, missing } = questions.get(group) ?? { pending: [], missing: [] }
  return { group, topics: byTopic([...pending, ...missing]) }
}

/** The group's rows of both rounds, next to each other at the end of `offsets`. */
function combined(
  pass: Pass,
  offsets: CommittedOffsets,
  first: FetchedGroup,
  named: CommittedOffsets,
  second: FetchedGroup,
  { pending, missing }: Doubts,
): GroupOffsets {
  const [isPending, isKnown] = [new Set(pending.map(keyOf)), new Set(missing.map(keyOf))]
  for (const { topic, error } of second.errors) pass.problems.topic(topic, error)

  const from = offsets.length
  copy(offsets, first, offsets, () => false)
  copy(named, second, offsets, key => isPending.has(key))
  return {
    from,
    to: offsets.length,
    absent: second.absent.filter(key => isKnown.has(keyOf(key))),
    unreadable: second.errors.map(({ topic, partition }) => ({ topic, partition })),
  }
}

function copy(
  source: CommittedOffsets,
  { from, to }: { from: number; to: number },
  target: CommittedOffsets,
  isPending: (key: string) => boolean,
): void {
  for (let i = from; i < to; i++) {
    const [group, topic, partition] = [source.group[i] ?? '', source.topic[i] ?? '', source.partition[i] ?? 0]
    const [offset, epoch, metadata] = [
      source.offset[i] ?? 0n,
      source.leaderEpoch[i] ?? -1,
      source.metadata[i] ?? '',
    ]
    target.push(group, topic, partition, offset, epoch, metadata, isPending(keyOf({ topic, partition })))
  }
}

async function fetch(
  pass: Pass,
  groups: readonly string[],
  into: CommittedOffsets,
  toFetch: (group: string) => GroupToFetch,
  requireStable: boolean,
): Promise<Map<string, FetchedGroup>> {
  const { connection, progress } = pass
  let done = 0

  return askCoordinators(pass, groups, {
    async batch(broker) {
      const version = await connection.version(broker, offsetFetch)
      return version !== undefined && version < OFFSETS_OF_MANY_GROUPS ? 1 : GROUPS_PER_REQUEST
    },

    async ask(broker, batch) {
      const request = { groups: batch.map(toFetch), requireStable, into }
      const fetched = await connection.send(broker, offsetFetch, request)
      done += batch.length
      progress('offsets', Math.min(done, groups.length), groups.length)
      return fetched
    },
  })
}
