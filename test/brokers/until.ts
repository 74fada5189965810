import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 100

/** Less than a test may take, and more than any wait takes on a busy machine. */
const hangsMs = 240_000

/**
 * Asks repeatedly until the answer is truthy.
 * @param what the event, for the error
 * @throws Error if it never is
 */
export async function until<T>(
  ask: () => Promise<T | false | null | undefined>,
  what: () => string = () => 'an answer',
): Promise<T> {
  for (const end = performance.now() + hangsMs; ; await sleep(pauseMs)) {
    const answer = await ask()
    if (answer) return answer
    if (performance.now() > end) throw new Error(`still waiting after ${hangsMs / 1000} s for ${what()}`)
  }
}
