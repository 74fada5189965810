import { setTimeout as sleep } from 'node:timers/promises'

/** HTTP statuses of answers after which another attempt may succeed. */
export const RETRIABLE_STATUS: readonly number[] = [408, 429, 500, 502, 503, 504]

/** ms */
const FIRST_PAUSE = 200

/**
 * Repeats a request that fails temporarily. The pauses double: they take 3 s at most with 5 attempts, and 6 s with 6.
 * @param send gets the number of the attempt, from 1 on
 * @throws the error of the last attempt
 */
export async function retried<T>(
  attempts: number,
  isRetriable: (error: unknown) => boolean,
  send: (attempt: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(attempt)
    } catch (error) {
      if (attempt === attempts || !isRetriable(error)) throw error
      await sleep(FIRST_PAUSE * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
    }
  }
}
