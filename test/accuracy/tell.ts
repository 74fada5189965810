import { report } from './report.ts'
import type { Outcome, RunOptions } from './run.ts'

export const titleOf = ({ kafka, coordinator, brokers, compression, compaction }: RunOptions): string =>
  [
    `Kafka ${kafka}`,
    ...(coordinator ? [`${coordinator} coordinator`] : []),
    brokers === 1 ? 'one broker' : 'three brokers',
    compression === 'none' ? 'not compressed' : compression,
    ...(compaction ? ['compacted'] : []),
  ].join(', ')

/** A run as text, with its failures. */
export function tell({ options, startedAt, watches, log }: Outcome): { text: string; failed: string[] } {
  const title = titleOf(options)
  const failed = logFaults(options, log)
  const texts = watches.map(({ mode, readings, missed, verdicts }) => {
    const rows = report(verdicts, mode, startedAt)
    const reached = readings.at(-1)?.head.mode ?? 'none'
    failed.push(...rows.failed.map(row => `${mode} mode: ${row}`))
    if (reached !== mode) failed.push(`${mode} mode: the last snapshot is in ${reached} mode`)

    const outage =
      missed.length > 0 ? `; ${missed.length} more could not be taken while brokers restarted` : ''
    const facts = `${verdicts.length} partitions, ${readings.length} snapshots${outage}.`
    return `${title}: ${mode} mode\n${facts} Times in seconds since the start.\n\n${rows.text}`
  })

  const batches = [...log.batches].map(([name, count]) => `${count} ${name}`).join(', ')
  const cleaned = `cleaned: ${[...log.cleaned].sort((a, b) => a - b).join(', ') || 'none'}`
  return {
    text: [...texts, `__consumer_offsets: batches ${batches}; partitions ${cleaned}`].join('\n\n'),
    failed: failed.map(each => `${title}, ${each}`),
  }
}

function logFaults({ compression, compaction }: RunOptions, log: Outcome['log']): string[] {
  const faults: string[] = []
  if (!log.batches.has(compression))
    faults.push(`__consumer_offsets has no batch of compression ${compression}`)
  if (compaction && log.cleaned.size === 0) faults.push('__consumer_offsets was not compacted')
  return faults
}
