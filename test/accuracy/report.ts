import { table } from '../../functions/cli/views/table.ts'
import type { Row, WatchMode } from './scenario.ts'
import type { Verdict } from './verdict.ts'

/** One row of the table: all its verdicts together. */
interface Line {
  row: Row
  verdicts: Verdict[]
  limit: string | undefined
  faults: string[]
}

export interface Report {
  text: string
  /** Rows that miss their bars, each with the reason. */
  failed: string[]
}

/** @param startedAt ms since the epoch; the table's seconds count from here */
export function report(verdicts: readonly Verdict[], mode: WatchMode, startedAt: number): Report {
  const rows = [...new Set(verdicts.map(({ subject }) => subject.row))]
  const lines = rows.map((row): Line => {
    const own = verdicts.filter(({ subject }) => subject.row === row)
    const faults = own.flatMap(({ subject, faults: wrong }) =>
      wrong.map(fault => `${subject.group} ${subject.topic}-${subject.partition}: ${fault}`),
    )
    return { row, verdicts: own, limit: row.limits?.[mode], faults }
  })

  return {
    text: table(
      ['ROW', 'RULE', 'PARTITIONS', 'PREDICTED', 'DELETED', 'ERROR MIN/MEDIAN/MAX', 'VERDICT'],
      lines.map(line => cells(line, startedAt)),
    ),
    failed: lines.flatMap(({ row, limit, faults }) =>
      limit === undefined && faults.length > 0 ? [`${row.title}: ${summary(faults)}`] : [],
    ),
  }
}

function cells({ row, verdicts, limit, faults }: Line, startedAt: number): string[] {
  const expiries = verdicts.flatMap(verdict => verdict.expiries)
  const since = (time: number) => ((time - startedAt) / 1000).toFixed(1)
  const starts = expiries.map(({ predicted }) => predicted.earliest)
  const verdict = limit ? `not promised: ${limit}` : faults.length === 0 ? 'holds' : 'FAILS'

  const texts = [row.title, row.rule, String(verdicts.length)]
  if (expiries.length === 0) return [...texts, row.ends.join(', '), '', '', verdict]
  const earliest = starts.includes(null) ? '?' : since(Math.min(...starts.map(start => start ?? 0)))
  const latest = since(Math.max(...expiries.map(({ predicted }) => predicted.latest)))
  const first = since(Math.min(...expiries.map(({ went }) => went.after)))
  const last = since(Math.max(...expiries.map(({ went }) => went.by)))
  return [...texts, `${earliest} … ${latest}`, `${first} … ${last}`, errors(verdicts), verdict]
}

/** Seconds from the earliest possible time to the deletion. */
function errors(verdicts: readonly Verdict[]): string {
  const late = verdicts
    .flatMap(({ expiries }) => expiries)
    .flatMap(({ predicted: { earliest }, freeFrom, went }) =>
      earliest === null ? [] : [(went.by - Math.max(earliest, freeFrom)) / 1000],
    )
    .sort((a, b) => a - b)
  if (late.length === 0) return '?'
  return [late[0], late[Math.floor(late.length / 2)], late.at(-1)].map(s => (s ?? 0).toFixed(2)).join(' / ')
}

/** The first few, and the number of the others. */
function summary(faults: readonly string[]): string {
  const shown = faults.slice(0, 4).join('; ')
  return faults.length > 4 ? `${shown}; and ${faults.length - 4} more` : shown
}
