import type { TopicReading } from '../../core/reading.ts'
import { UNKNOWN_TOPIC_OR_PARTITION } from '../protocol/error-codes.ts'
import { metadata, type TopicMetadata } from '../protocol/messages/metadata.ts'
import { chunks } from '../requests/in-parts.ts'
import { live, orProblem, type Scan } from '../requests/scan.ts'

const TOPICS_PER_REQUEST = 1000

/** A topic that exists, or that certainly does not. */
export interface FoundTopic {
  reading: TopicReading
  /** Leader by partition index; −1 if there is none. Empty for a deleted topic. */
  leaders: Map<number, number>
}

/**
 * Ids and leaders of topics by name. A topic counts as deleted only if no broker that answers knows it, since one
 * broker may lag behind the others. A missing DESCRIBE right shows as another error, TOPIC_AUTHORIZATION_FAILED. Topics
 * missing from the result are unknown for now.
 */
export async function findTopics(scan: Scan, topics: Iterable<string>): Promise<Map<string, FoundTopic>> {
  const found = new Map<string, FoundTopic>()
  const missing: string[] = []

  for (const topic of await askAny(scan, [...topics])) {
    if (topic.error === UNKNOWN_TOPIC_OR_PARTITION) missing.push(topic.topic)
    else accept(scan, found, topic)
  }
  if (missing.length === 0) return found

  const answers = await Promise.all(live(scan).map(broker => askOne(scan, broker, missing)))
  const byTopic = Map.groupBy(answers.flat(), ({ topic }) => topic)
  for (const [topic, said] of byTopic) {
    const other = said.find(({ error }) => error !== UNKNOWN_TOPIC_OR_PARTITION)
    if (other) accept(scan, found, other)
    else found.set(topic, { reading: { id: null, deleted: true, log: new Map() }, leaders: new Map() })
  }
  return found
}

function accept(
  { problems }: Scan,
  found: Map<string, FoundTopic>,
  { error, topic, id, partitions }: TopicMetadata,
) {
  if (error !== 0) {
    problems.topic(topic, error)
    return
  }
  const leaders = new Map(partitions.map(({ partition, leader }) => [partition, leader]))
  found.set(topic, { reading: { id, deleted: false, log: new Map() }, leaders })
}

async function askAny(scan: Scan, topics: string[]): Promise<TopicMetadata[]> {
  const answers = await Promise.all(
    chunks(topics, TOPICS_PER_REQUEST).map(async part => {
      const request = { topics: part, includeOperations: false }
      const answer = await orProblem(scan, scan.connection.sendToAny(metadata, request))
      if (answer === undefined) return []
      const answered = new Set(answer.topics.map(({ topic }) => topic))
      for (const topic of part) if (!answered.has(topic)) scan.problems.topic(topic, null)
      return answer.topics
    }),
  )
  return answers.flat()
}

async function askOne(scan: Scan, broker: number, topics: string[]): Promise<TopicMetadata[]> {
  const answer = await orProblem(
    scan,
    scan.connection.send(broker, metadata, { topics, includeOperations: false }),
  )
  return answer?.topics ?? []
}
