import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import type { Span } from '../history.ts'
import type { RecordsRow } from './rows.ts'

/** A snapshot's statement about the row's offset. Times are ms since the epoch. */
export interface RecordsReading {
  startedAt: number
  finishedAt: number
  unread: UnreadRecords | null
  /** True within the first level. */
  isAlarm: boolean
  lost: bigint | null
}

export interface RecordsTruth {
  /** When the log start moved past the offset; undefined if it did not. */
  went: Span | undefined
  /** Number of offsets below the log start at the end. */
  missing: bigint
}

/** ms for a busy broker. */
const BUSY = 2000

/** The bars that do not hold, as sentences. */
export function judgeRecords(
  { isSilent = false, isOpenEnded = false }: RecordsRow,
  { went, missing }: RecordsTruth,
  readings: readonly RecordsReading[],
): string[] {
  const faults: string[] = []
  const alarms = readings.filter(({ isAlarm }) => isAlarm)
  if (readings.length === 0) return ['no snapshot saw it']
  if (isSilent) {
    if (alarms.length > 0) faults.push(`${alarms.length} snapshots warn of it`)
    const losses = readings.filter(({ lost }) => lost !== null)
    return losses.length > 0 ? [...faults, `${losses.length} snapshots call records lost`] : faults
  }

  if (went === undefined) return ['nothing went: the row shows nothing']
  for (const { unread, finishedAt } of readings) {
    // After the deletion a snapshot describes the records that are left.
    if (finishedAt > went.after) continue
    const early = (unread?.earliest ?? 0) - went.by
    if (early > 0) faults.push(`went ${seconds(early)} before \`earliest\``)
  }
  const before = alarms.filter(({ finishedAt }) => finishedAt <= went.after)
  if (before.length === 0) faults.push('went, and no snapshot had shown it')
  for (const { unread } of before) {
    const latest = unread?.latest ?? null
    if (latest === null && !isOpenEnded) faults.push('an alarm has no `latest`')
    if (latest !== null && went.after > latest + BUSY)
      faults.push(`was there ${seconds(went.after - latest)} after \`latest\``)
  }
  const last = readings.at(-1)
  const wasSeenTwice = readings.filter(({ startedAt }) => startedAt >= went.by).length >= 2
  if (wasSeenTwice && last?.lost !== missing)
    faults.push(`${missing} are lost, and the last snapshot says ${last?.lost}`)
  if (!wasSeenTwice) faults.push('too few snapshots after it went')
  return faults
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
