import { nextProbe } from '../../../functions/core/evidence/log-times.ts'
import type { UnreadIn } from '../../../functions/core/evidence/records-deadline.ts'
import type { RecordsRetention, TimeProbe } from '../../../functions/core/reading.ts'
import { DAY, HOUR, MINUTE, monday } from '../readings.ts'

export const now = monday
export const retention = 7 * DAY
export const segment = DAY
export const byTime = {
  by: 'time',
  retention,
  setBy: 'topic',
  segment,
  isCompacted: false,
} satisfies RecordsRetention
export const context = { startedAt: now, logSweep: 5 * MINUTE, clockSkew: MINUTE }
export const horizon = 3 * DAY

/** One record each hour from 200 hours ago on; the log starts at record 30. */
export const hourly = Array.from({ length: 200 }, (_, i) => now - (200 - i) * HOUR)
export const [logStart, logEnd] = [30n, 200n]

/** One record each minute for the last seven days. */
export const minutely = Array.from({ length: 10_080 }, (_, i) => now - (10_080 - i) * MINUTE)

/** A broker's answer for a log with all records in one segment. */
export function answer(timestamps: readonly number[], asked: number, from = 0): TimeProbe {
  const i = timestamps.findIndex((timestamp, i) => i >= from && timestamp >= asked)
  return { asked, found: i < 0 ? null : { offset: BigInt(i), timestamp: timestamps[i] ?? 0 } }
}

/** Asks the same probes as a scan. */
export function probe(
  timestamps: readonly number[],
  offsets: readonly bigint[],
  plan = { retention, now, horizon },
  from = 0,
) {
  const probes: TimeProbe[] = []
  for (;;) {
    const asked = nextProbe(probes, offsets, plan)
    if (asked === null) return probes
    probes.push(answer(timestamps, asked, from))
  }
}

export const log = (changes: Partial<UnreadIn> = {}): UnreadIn => ({
  offset: 40n,
  logStart,
  logEnd,
  retention: byTime,
  probes: probe(hourly, [changes.offset ?? 40n], undefined, Number(logStart)),
  ...changes,
})
