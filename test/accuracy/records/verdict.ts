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

/** The broken bars, as sentences. */
export function judgeRecords(
  { isSilent = false, isOpenEnded = false }: RecordsRow,
  { went, missing }: RecordsTruth,
  readings: readonly RecordsReading[],
): string[] {
  const faults: string[] = []
  const alarms = readings.filter(({ isAlarm }) => isAlarm)
  if (readings.length === 0) return ['no snapshot has the offset']
  if (isSilent) {
    if (alarms.length > 0)
      faults.push(`snapshots that show the records within the first level: ${alarms.length}`)
    const losses = readings.filter(({ lost }) => lost !== null)
    return losses.length > 0 ? [...faults, `snapshots that report lost records: ${losses.length}`] : faults
  }

  if (went === undefined) return ['Kafka deleted no record, so the row proves nothing']
  for (const { unread, finishedAt } of readings) {
    // After the deletion a snapshot describes the records that are left.
    if (finishedAt > went.after) continue
    const early = (unread?.earliest ?? 0) - went.by
    if (early > 0) faults.push(`deleted ${seconds(early)} before \`earliest\``)
  }
  const before = alarms.filter(({ finishedAt }) => finishedAt <= went.after)
  if (before.length === 0)
    faults.push('deleted, but no snapshot had shown the records within the first level')
  for (const { unread } of before) {
    const latest = unread?.latest ?? null
    if (latest === null && !isOpenEnded) faults.push('a snapshot within the first level has no `latest`')
    if (latest !== null && went.after > latest + BUSY)
      faults.push(`still there ${seconds(went.after - latest)} after \`latest\``)
  }
  const last = readings.at(-1)
  const wasSeenTwice = readings.filter(({ startedAt }) => startedAt >= went.by).length >= 2
  if (wasSeenTwice && last?.lost !== missing)
    faults.push(`${missing} records are lost, but the last snapshot reports ${last?.lost}`)
  if (!wasSeenTwice) faults.push('too few snapshots after the deletion')
  return faults
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
