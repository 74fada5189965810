import type { Impact } from '../../core/impact.ts'
import { atMost, count } from '../../text/count.ts'

/** The effect of a start without these offsets, in records over all partitions. */
export function describeImpact(impacts: readonly Impact[]): string {
  if (impacts.every(({ kind }) => kind === 'none')) {
    return 'no harm now: the log is empty at the offset, so any reset leads to the same position.'
  }

  const sum = { again: 0n, skipped: 0n, missing: 0n, beyond: 0, unread: 0 }
  for (const impact of impacts) {
    if (impact.kind === 'reset') {
      sum.again += impact.reprocessed
      sum.skipped += impact.skipped
    } else if (impact.kind === 'below-log-start') {
      sum.skipped += impact.available
      sum.missing += impact.missing
    } else if (impact.kind === 'beyond-log-end') sum.beyond++
    else if (impact.kind === 'unknown') sum.unread++
  }

  const known = impacts.length - sum.beyond - sum.unread
  const clauses = [
    known > 0 &&
      `\`auto.offset.reset\` decides: \`earliest\` reads ${records(sum.again)} again, \`latest\` skips ${records(sum.skipped)}`,
    sum.missing > 0n && `the topic’s own retention has deleted ${records(sum.missing)} unread`,
    sum.beyond > 0 &&
      `${count(sum.beyond, 'offset')} beyond the end of the log, where no consumer can resume`,
    sum.unread > 0 && `${count(sum.unread, 'partition')} not counted, because the log could not be read`,
  ]
  return `${clauses.filter(Boolean).join('; ')}.`
}

const records = (n: bigint): string => (n === 0n ? 'no records' : atMost(n, 'record'))
