import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { Failure } from '../../core/model/failure.ts'
import { keyOf, type TopicPartition } from '../../core/model/topic-partition.ts'
import { type GroupNow, NotAnswering, type PartitionNow } from '../../core/recovery/group-now.ts'
import type { Connection } from '../connection/connection.ts'
import { BrokerError } from '../protocol/errors.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { coordinatesUnseen, locate } from '../requests/coordinators.ts'
import { newPass, type Pass, type PassOptions, persist } from '../requests/scan.ts'
import { describe } from './describe-groups.ts'
import { fetchOffsets, type GroupOffsets } from './fetch-offsets.ts'
import { type FoundTopic, findTopics } from './find-topics.ts'
import { readLogs } from './list-log-offsets.ts'
import { CONSUMER_OFFSETS, topicRights } from './read-rights.ts'

/**
 * One group as its coordinator has it now, with the logs of the partitions asked about and of those it has offsets in.
 * @throws NotAnswering where its coordinator does not tell now; Failure where it does not tell us
 */
export async function readGroup(
  connection: Connection,
  group: string,
  partitions: readonly TopicPartition[],
  options: PassOptions = {},
): Promise<GroupNow> {
  const pass = newPass(connection, options)
  await begin(pass, group)
  await persist(pass, [group], open => locate(pass, open))

  const offsets = new CommittedOffsets()
  const asked = new Map([[group, { kind: 'unknown' as const, keys: () => [...partitions] }]])
  const fetched = (await fetchOffsets(pass, [group], asked, offsets)).get(group)
  // Whoever joined before this is seen; whoever joins later, the broker itself guards.
  const found = { group, kind: 'unknown' as const, state: undefined, protocolType: '' }
  const description = fetched && (await describe(pass, [found])).get(group)
  if (!fetched || !description) throw notTold(pass, group)

  const commits = committedOf(partitions, fetched, offsets)
  const topics = await findTopics(pass, new Set([...commits.values()].map(({ topic }) => topic)))
  await readLogs(pass, topics, [...commits.values()])
  return {
    kind: description.kind,
    state: description.state,
    partitions: [...commits.values()].map(commit => ({
      ...placeOf(commit, topics.get(commit.topic)),
      ...commit,
    })),
  }
}

/** FindCoordinator would create `__consumer_offsets` where that is missing, so Metadata is asked first. */
async function begin(pass: Pass, group: string): Promise<void> {
  const { connection } = pass
  try {
    await connection.refresh()
    const request = { topics: [CONSUMER_OFFSETS], includeOperations: false }
    const [topic] = (await connection.sendToAny(metadata, request)).topics
    if (topicRights(topic).exists === false && !(await coordinatesUnseen(pass, group))) {
      if (pass.problems.list().length > 0) throw notTold(pass, group)
      throw new Failure(
        'the cluster has no __consumer_offsets, so no group has ever committed there: check KAFKA_BROKERS.',
      )
    }
    pass.mayFindCoordinators = true
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw new NotAnswering(`Kafka does not answer now: ${error.message}`, { cause: error })
  }
}

function notTold({ problems }: Pass, group: string): Failure {
  const subject = `cannot read group ${JSON.stringify(group)} now`
  const list = problems.list()
  if (list.some(({ code }) => code === 'not-authorized')) {
    return new Failure(
      `${subject}: these credentials may not see it. Grant READ on the group and on its topics.`,
    )
  }
  const [first] = list
  const why = first && first.scope.broker !== undefined ? first.message : 'its coordinator is not available.'
  return new NotAnswering(`${subject}: ${why}`)
}

type Commit = Pick<PartitionNow, 'topic' | 'partition' | 'committed'>

function committedOf(
  asked: readonly TopicPartition[],
  { from, to, absent }: GroupOffsets,
  { topic, partition, offset, leaderEpoch, metadata, pending }: CommittedOffsets,
): Map<string, Commit> {
  const commits = new Map<string, Commit>()
  for (const key of asked) commits.set(keyOf(key), { ...key, committed: 'not-known' })
  for (const key of absent) commits.set(keyOf(key), { ...key, committed: 'none' })

  for (let i = from; i < to; i++) {
    const key = { topic: topic[i] ?? '', partition: partition[i] ?? 0 }
    const epoch = leaderEpoch[i] ?? -1
    const position = {
      offset: offset[i] ?? 0n,
      leaderEpoch: epoch < 0 ? null : epoch,
      metadata: metadata[i] ?? '',
    }
    commits.set(keyOf(key), { ...key, committed: pending[i] ? 'pending' : position })
  }
  return commits
}

function placeOf(
  { partition }: TopicPartition,
  topic: FoundTopic | undefined,
): Pick<PartitionNow, 'place' | 'topicId' | 'log'> {
  if (topic === undefined) return { place: 'not-known', topicId: null, log: null }
  const { id, deleted, log } = topic.reading
  if (deleted) return { place: 'topic-deleted', topicId: null, log: null }
  if (!topic.leaders.has(partition)) return { place: 'no-such-partition', topicId: id, log: null }
  return { place: 'there', topicId: id, log: log.get(partition) ?? null }
}
