import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 100

/** Asks repeatedly until the answer is truthy. Throws after `timeoutMs`. */
export async function until<T>(
  ask: () => Promise<T | false | null | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  for (const end = Date.now() + timeoutMs; ; await sleep(pauseMs)) {
    const answer = await ask()
    if (answer) return answer
    if (Date.now() > end) throw new Error(`still waiting after ${timeoutMs} ms`)
  }
}
