import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { Failure } from '../../core/model/failure.ts'
import { CONSUMER_OFFSETS, keyOf, type TopicPartition } from '../../core/model/topic-partition.ts'
import { type CurrentGroup, type CurrentPartition, NotAnswering } from '../../core/recovery/current-group.ts'
import type { Connection } from '../connection/connection.ts'
import { BrokerError } from '../protocol/errors.ts'
import { metadata } from '../protocol/messages/metadata.ts'
import { topicRights } from '../requests/authorized-operations.ts'
import { coordinatesUnseen, locate } from '../requests/coordinators.ts'
import { newScan, retryUntilSettled, type Scan, type ScanOptions } from '../requests/scan.ts'
import { describe } from './describe-groups.ts'
import { fetchOffsets, type GroupOffsets } from './fetch-offsets.ts'
import { type FoundTopic, findTopics } from './find-topics.ts'
import { listLogOffsets } from './list-log-offsets.ts'

/**
 * One group as its coordinator has it now, with the logs of the given partitions and of the partitions that it has
 * offsets in.
 * @throws NotAnswering if the coordinator does not answer now; Failure if a right or `__consumer_offsets` is missing
 */
export async function readGroup(
  connection: Connection,
  group: string,
  partitions: readonly TopicPartition[],
  options: ScanOptions = {},
): Promise<CurrentGroup> {
  const scan = newScan(connection, options)
  await begin(scan, group)
  await retryUntilSettled(scan, [group], open => locate(scan, open))

  const offsets = new CommittedOffsets()
  const asked = new Map([[group, { kind: 'unknown' as const, keys: () => [...partitions] }]])
  const fetched = (await fetchOffsets(scan, [group], asked, offsets)).get(group)
  // The description shows the members that have joined so far. If members join later, the broker itself refuses the
  // restore's commit.
  const found = { group, kind: 'unknown' as const, state: undefined, protocolType: '' }
  const description = fetched && (await describe(scan, [found])).get(group)
  if (!fetched || !description) throw notTold(scan, group)

  const commits = committedOf(partitions, fetched, offsets)
  const topics = await findTopics(scan, new Set([...commits.values()].map(({ topic }) => topic)))
  await listLogOffsets(scan, topics, [...commits.values()])
  return {
    kind: description.kind,
    state: description.state,
    partitions: [...commits.values()].map(commit => ({
      ...presenceOf(commit, topics.get(commit.topic)),
      ...commit,
    })),
  }
}

/** FindCoordinator would create a missing `__consumer_offsets`, so Metadata is asked first. */
async function begin(scan: Scan, group: string): Promise<void> {
  const { connection } = scan
  try {
    await connection.refresh()
    const request = { topics: [CONSUMER_OFFSETS], includeOperations: false }
    const [topic] = (await connection.sendToAny(metadata, request)).topics
    if (topicRights(topic).exists === false && !(await coordinatesUnseen(scan, group))) {
      if (scan.problems.list().length > 0) throw notTold(scan, group)
      throw new Failure(
        'the cluster has no __consumer_offsets, so no group has ever committed there: check KAFKA_BROKERS.',
      )
    }
    scan.mayFindCoordinators = true
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    throw new NotAnswering(`Kafka does not answer now: ${error.message}`, { cause: error })
  }
}

function notTold({ problems }: Scan, group: string): Failure {
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

type PartitionCommit = Pick<CurrentPartition, 'topic' | 'partition' | 'committed'>

function committedOf(
  asked: readonly TopicPartition[],
  { from, to, absent }: GroupOffsets,
  { topic, partition, offset, leaderEpoch, metadata, pending }: CommittedOffsets,
): Map<string, PartitionCommit> {
  const commits = new Map<string, PartitionCommit>()
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

function presenceOf(
  { partition }: TopicPartition,
  topic: FoundTopic | undefined,
): Pick<CurrentPartition, 'presence' | 'topicId' | 'log'> {
  if (topic === undefined) return { presence: 'not-known', topicId: null, log: null }
  const { id, deleted, log } = topic.reading
  if (deleted) return { presence: 'topic-deleted', topicId: null, log: null }
  if (!topic.leaders.has(partition)) return { presence: 'no-such-partition', topicId: id, log: null }
  return { presence: 'there', topicId: id, log: log.get(partition) ?? null }
}
