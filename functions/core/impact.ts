import type { Commit } from './model.ts'

/** What losing an offset would cost, in records of the partition's log. */
export type Impact =
  /** The log was not read. */
  | { kind: 'unknown' }
  /** The log is empty at the offset: nothing to lose. */
  | { kind: 'none' }
  /** Records below the log start are gone already: `missing` of them were never read. */
  | { kind: 'below-log-start'; missing: bigint; available: bigint }
  /** Beyond the log end, where a consumer resets just as after an expiry. */
  | { kind: 'beyond-log-end'; by: bigint }
  /** `auto.offset.reset`: `earliest` reads `reprocessed` records twice, `latest` never reads `skipped`. */
  | { kind: 'reset'; reprocessed: bigint; skipped: bigint }

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
