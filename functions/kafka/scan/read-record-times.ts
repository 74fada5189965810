import type { CommitTable } from '../../core/columns/commit-table.ts'
import { nextProbe, type ProbePlan } from '../../core/evidence/log-times.ts'
import {
  isKnownClosely,
  type TimeRetention,
  type UnreadBefore,
} from '../../core/evidence/records-deadline.ts'
import { recordsRetention, retentionConfigs } from '../../core/evidence/records-retention.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import type { RecordsRetention, TimeProbe, TopicReading } from '../../core/reading.ts'
import { BrokerError, problemCode } from '../protocol/errors.ts'
import { describeConfigs } from '../protocol/messages/describe-configs.ts'
import { listOffsets } from '../protocol/messages/list-offsets.ts'
import { atMost, chunks } from '../requests/in-parts.ts'
import { brokerFailed, orProblem, type Scan } from '../requests/scan.ts'
import type { FoundTopic } from './find-topics.ts'
import { type CommittedNow, type UnreadPartition, unreadOffsets, unreadTopics } from './unread-offsets.ts'

const TOPICS_PER_REQUEST = 200
/** The leader searches a segment on its disk for each partition before it answers. */
const PARTITIONS_PER_REQUEST = 200
const PIPELINE = 2
/** Limit of requests for one partition. The bounds of each group are correct after any number of requests. */
const MOST_PROBES = 10

/** How far ahead deadlines must be precise. For a later deadline it is enough to know that it is later. */
export interface RecordsHorizon {
  /** The longest first alert level, ms. */
  level: number
  /** ms between two snapshots. */
  interval: number
  /** ms */
  clockSkew: number
}

interface TimesWanted extends RecordsHorizon {
  /** ms since the epoch */
  now: number
  /** log.retention.check.interval.ms */
  logSweep: number
}

/**
 * Reads the facts behind the deadlines of unread records, into the readings of `topics`: each topic's retention and, by
 * ListOffsets, the age of records around the offsets. No record is read.
 * @param previous the last snapshot; facts that it has are not asked for again
 */
export async function readRecordTimes(
  scan: Scan,
  committed: CommittedNow,
  previous: CommitTable | undefined,
  wanted: TimesWanted,
): Promise<void> {
  const { topics } = committed
  const unreadIn = unreadTopics(committed)
  // Usually all groups have read everything; then the last snapshot is not needed.
  if (unreadIn.size === 0) return
  for (const [topic, retention] of await readRetentions(scan, [...unreadIn])) {
    const reading = topics.get(topic)?.reading
    if (reading) reading.retention = retention
  }

  const isKnown = ({ retention }: TopicReading, first: bigint, before: UnreadBefore) =>
    retention?.by !== 'time' || isKnownClosely(first, before, retention, planOf(retention, wanted))
  const unread = unreadOffsets(committed, previous, isKnown)
  let open = unread.flatMap(partition => questionsOf(partition, topics, wanted) ?? [])
  for (let round = 0; round < MOST_PROBES && open.length > 0; round++) {
    const byLeader = [...Map.groupBy(open, ({ leader }) => leader)]
    const answered = await Promise.all(byLeader.map(([leader, asked]) => askLeader(scan, leader, asked)))
    open = answered.flat()
  }
}

/**
 * Caps the alert level at half of the retention, and adds the interval, since the next snapshot comes that much later.
 */
const planOf = (
  { retention }: TimeRetention,
  { now, level, interval, clockSkew, logSweep }: TimesWanted,
): ProbePlan & { logSweep: number; clockSkew: number } => ({
  retention,
  now,
  horizon: Math.min(level, retention / 2) + interval + clockSkew,
  logSweep,
  clockSkew,
})

/** The open questions about a partition. */
interface TimeQuestion extends TopicPartition {
  leader: number
  probes: TimeProbe[]
  /** The time to ask about next, ms since the epoch; null when enough is known. */
  next: () => number | null
}

/** Undefined if no leader can be asked, or the topic's retention is not by time. */
function questionsOf(
  { topic, partition, offsets }: UnreadPartition,
  topics: ReadonlyMap<string, FoundTopic>,
  wanted: TimesWanted,
): TimeQuestion | undefined {
  const { reading, leaders } = topics.get(topic) ?? {}
  const leader = leaders?.get(partition) ?? -1
  if (reading?.retention?.by !== 'time' || leader < 0) return undefined

  const plan = planOf(reading.retention, wanted)
  const probes: TimeProbe[] = []
  reading.probes ??= new Map()
  reading.probes.set(partition, probes)
  return { topic, partition, leader, probes, next: () => nextProbe(probes, offsets, plan) }
}

/** Asks once about each partition, and returns those with further questions. */
async function askLeader(
  scan: Scan,
  leader: number,
  questions: readonly TimeQuestion[],
): Promise<TimeQuestion[]> {
  if (scan.silent.has(leader)) return []
  const parts = await atMost(PIPELINE, chunks(questions, PARTITIONS_PER_REQUEST), async part => {
    const byTopic = Map.groupBy(part, ({ topic }) => topic)
    const asked = new Map(part.map(question => [question, question.next()]))
    const request = {
      topics: [...byTopic].map(([topic, questions]) => ({
        topic,
        partitions: questions.map(question => ({
          partition: question.partition,
          timestamp: BigInt(asked.get(question) ?? 0),
        })),
      })),
    }
    const answers = await orProblem(scan, scan.connection.send(leader, listOffsets, request))
    return (answers ?? []).flatMap(({ topic, partitions }) =>
      partitions.flatMap(({ partition, error, offset, timestamp }) => {
        const question = byTopic.get(topic)?.find(asked => asked.partition === partition)
        if (question === undefined) return []
        if (error !== 0) {
          scan.problems.times(question, error)
          return []
        }
        const found = offset < 0n ? null : { offset, timestamp: Number(timestamp) }
        question.probes.push({ asked: asked.get(question) ?? 0, found })
        return question.next() === null ? [] : [question]
      }),
    )
  })
  return parts.flat()
}

/** Topics whose settings may not be read are no problem here: their deadlines and `doctor` say so. */
async function readRetentions(scan: Scan, topics: readonly string[]): Promise<Map<string, RecordsRetention>> {
  const retentions = new Map<string, RecordsRetention>()
  await atMost(PIPELINE, chunks(topics, TOPICS_PER_REQUEST), async part => {
    for (const { name, error, configs, ofTopic } of await describeTopics(scan, part)) {
      const isDenied = problemCode(error) === 'not-authorized'
      if (error !== 0 && !isDenied) scan.problems.configs(name, error)
      if (error === 0) retentions.set(name, recordsRetention(configs, ofTopic))
      else retentions.set(name, { by: isDenied ? 'not-authorized' : 'unknown' })
    }
  })
  return retentions
}

async function describeTopics(scan: Scan, topics: readonly string[]) {
  const request = { resources: topics.map(topic => ({ topic })), names: retentionConfigs }
  try {
    return await scan.connection.sendToAny(describeConfigs, request)
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    // Several services do not answer DescribeConfigs.
    const isService = error.isOneRequest || error.code === 'unsupported' || error.code === 'undecodable'
    if (!isService) brokerFailed(scan, error)
    return []
  }
}
