/** What a snapshot spends its time with, in this order; some phases run side by side. */
const phases = [
  'connect',
  'base',
  'list',
  'offsets',
  'describe',
  'ends',
  'times',
  'log',
  'merge',
  'encode',
  'write',
] as const
export type Phase = (typeof phases)[number]

/**
 * Does the work and notes how long it takes in the process's own timeline (W3C User Timing), where profilers and
 * `snapshot --timings` find it.
 */
export async function timed<T>(phase: Phase, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await work()
  } finally {
    performance.measure(phase, { start })
  }
}

export type Timings = Partial<Record<Phase, number>>

/** How long each phase took, in ms, since the timings were last forgotten. */
export function timings(): Timings {
  const measured = new Map(
    performance.getEntriesByType('measure').map(({ name, duration }) => [name, Math.round(duration)]),
  )
  return Object.fromEntries(
    phases.flatMap(phase => (measured.has(phase) ? [[phase, measured.get(phase)]] : [])),
  )
}

/** A process that takes snapshots for years must not keep the timings of all of them. */
export const forgetTimings = (): void => performance.clearMeasures()
