import { randomBytes } from 'node:crypto'
import { Failure } from '../../../functions/core/model/failure.ts'

/**
 * host:port of the one Kafka that all test files share: the newest version, one node, Kafka's default retention of a
 * week, a sweep every second. Groups and topics need unique names, see `unique`.
 */
export async function sharedKafka(): Promise<readonly string[]> {
  const url = process.env.SHARED_KAFKA
  if (!url) throw new Failure('There is no shared Kafka outside of Jest: run the file with npm test.')

  const response = await fetch(url)
  const answer = await response.text()
  if (!response.ok) throw new Failure(answer)
  return answer.split(',')
}

/** A name for a group or topic that no other test uses. (Each test file has modules of its own, so no counter would do.) */
export const unique = (name: string): string => `${name}-${randomBytes(6).toString('hex')}`
