import { setTimeout as sleep } from 'node:timers/promises'

/** Shortest pause between two runs, in ms, if a run takes longer than the interval. */
const SHORTEST_PAUSE = 1000

/**
 * Runs a job at once and then every `interval` ms, until the signal aborts. The interval is measured with
 * performance.now(), since Date.now() may jump.
 */
export async function repeat(interval: number, signal: AbortSignal, job: () => Promise<void>): Promise<void> {
  for (let next = performance.now(); !signal.aborted; ) {
    await job()
    const now = performance.now()
    next = Math.max(next + interval, now + SHORTEST_PAUSE)
    await sleep(Math.min(next - now, interval), undefined, { signal }).catch(() => {})
  }
}
