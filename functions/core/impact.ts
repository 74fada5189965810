import type { Commit } from './model/commit.ts'

/** The cost of losing an offset, in records of the partition's log. */
export type Impact =
  /** The log was not read. */
  | { kind: 'unknown' }
  /** The log is empty at the offset: there is nothing to lose. */
  | { kind: 'none' }
  /** Records below the log start are deleted; the group has not read `missing` of them. */
  | { kind: 'below-log-start'; missing: bigint; available: bigint }
  /** The offset is beyond the log end, so a consumer resets as after an expiry. */
  | { kind: 'beyond-log-end'; by: bigint }
  /** With `auto.offset.reset`, `earliest` reads `reprocessed` records twice, and `latest` never reads `skipped`. */
  | { kind: 'reset'; reprocessed: bigint; skipped: bigint }

/** True if a consumer that starts at the offset gets OffsetOutOfRange, and resets like a consumer without an offset. */
export const isOutOfLog = ({ kind }: Impact): boolean =>
  kind === 'below-log-start' || kind === 'beyond-log-end'

/** Sort order: costliest first, by the records that `latest` never reads, then by those that `earliest` reads twice. */
export const compareCosts = (a: Impact, b: Impact): number =>
  Number(unreadBy(b) - unreadBy(a)) || Number(readTwiceBy(b) - readTwiceBy(a))

const unreadBy = (impact: Impact): bigint => {
  if (impact.kind === 'below-log-start') return impact.missing + impact.available
  return impact.kind === 'reset' ? impact.skipped : 0n
}

/** True if a consumer that started at the log's end would miss records. */
export const hasUnread = (impact: Impact): boolean => unreadBy(impact) > 0n

const readTwiceBy = (impact: Impact): bigint => (impact.kind === 'reset' ? impact.reprocessed : 0n)

/** @param offset the committed offset that is, or would be, lost */
export function impactOf(offset: bigint, { logStart, logEnd }: Pick<Commit, 'logStart' | 'logEnd'>): Impact {
  if (logStart === null || logEnd === null) return { kind: 'unknown' }
  if (offset > logEnd) return { kind: 'beyond-log-end', by: offset - logEnd }
  if (offset < logStart) {
    return { kind: 'below-log-start', missing: logStart - offset, available: logEnd - logStart }
  }
  if (logStart === logEnd) return { kind: 'none' }
  return { kind: 'reset', reprocessed: offset - logStart, skipped: logEnd - offset }
}
