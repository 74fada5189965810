/** The phases of a snapshot, in order; some run side by side. */
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
 * Measures the work in the process's own timeline (W3C User Timing), where profilers and `snapshot --timings` find it.
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

/** Duration of each phase in ms, since the last `forgetTimings`. */
export function timings(): Timings {
  const measured = new Map(
    performance.getEntriesByType('measure').map(({ name, duration }) => [name, Math.round(duration)]),
  )
  return Object.fromEntries(
    phases.flatMap(phase => (measured.has(phase) ? [[phase, measured.get(phase)]] : [])),
  )
}

/** A process that takes snapshots for years must not keep all timings. */
export const forgetTimings = (): void => performance.clearMeasures()
