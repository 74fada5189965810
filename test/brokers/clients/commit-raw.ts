import { connect } from '../../../functions/kafka/connection/connection.ts'
import { plaintext } from '../../builders/kafka-settings.ts'
import { commitOffsets, type OffsetsToCommit } from './offset-commit.ts'

const atOnce = 100

/**
 * Commits with OffsetCommit alone, without a consumer: a fast way to make thousands of simple groups, and the only way
 * to give offsets their own expiry (`expiresIn`, ms). Throws if a group has members.
 */
export async function commitRaw(
  bootstrap: readonly string[],
  requests: readonly OffsetsToCommit[],
): Promise<void> {
  const connection = await connect(plaintext(...bootstrap))
  try {
    for (let from = 0; from < requests.length; from += atOnce)
      await Promise.all(
        requests.slice(from, from + atOnce).map(request => commitOffsets(connection, request)),
      )
  } finally {
    await connection.close()
  }
}
