import type { BrokerRetention, Problem } from '../../core/model/commit.ts'
import type { LogAbsence } from '../../core/reading.ts'
import type { SnapshotHead } from '../../core/snapshot.ts'
import { count, grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import type { Timings } from '../../timed.ts'
import { date, span } from './format.ts'

/** `prod · snapshot of Sun 22 Nov 14:00 UTC, 3 min ago · 214 groups, 1,312 offsets, 4 gone` */
export function snapshotTitle({ cluster, takenAt, counts }: SnapshotHead, now: number): string {
  const gone = counts.gone > 0 ? `, ${grouped(counts.gone)} gone` : ''
  return [
    cluster,
    `snapshot of ${date(takenAt, now)} UTC, ${span(now - takenAt)} ago`,
    `${count(counts.groups, 'group')}, ${count(counts.commits, 'offset')}${gone}`,
  ].join(' · ')
}

/** The facts of a snapshot, and what it lacks. */
export const snapshotView = (head: SnapshotHead, now: number): string =>
  [snapshotTitle(head, now), aboutSnapshot(head)].join('\n')

/** The limits of a snapshot: missing parts, and an assumed retention. */
export function aboutSnapshot(head: SnapshotHead): string {
  const { complete, problems, retention } = head
  return [
    complete
      ? 'Complete: everything known was read.'
      : 'Not complete: data that could not be read is shown as it was last seen.',
    ...problemLines(problems),
    ...retentionLines(retention),
    agesLine(head),
  ].join('\n')
}

function agesLine({ mode, log, withoutLog }: SnapshotHead): string {
  const bounds = 'Ages are observed by comparing snapshots, so they are bounds: "not before", "≥".'
  switch (mode) {
    case 'exact':
      return 'Ages are exact: commit times are read from __consumer_offsets.'
    case 'observed':
      return `${bounds} ${exactness[withoutLog ?? 'unknown']}`
    case 'unknown':
      return `${bounds} A later version of offset-watchdog took this snapshot.`
    case 'catching-up':
      return `${bounds} They become exact as __consumer_offsets is read: ${backlog(log)}.`
  }
}

/** The step that makes ages exact, if there is one. */
const exactness: Record<LogAbsence, string> = {
  'switched-off': 'They can become exact with WATCHDOG_LOG_TIME above 0s.',
  'not-authorized': 'READ on the topic __consumer_offsets makes them exact.',
  absent: 'They cannot be exact, because this cluster shows no topic __consumer_offsets.',
  unrelated:
    'They cannot be exact, because this cluster does not lay out __consumer_offsets as Apache Kafka does.',
  'without-commits': 'None is exact, because __consumer_offsets has none of these commits.',
  unknown: 'READ on the topic __consumer_offsets makes them exact.',
}

function backlog(log: SnapshotHead['log']): string {
  if (log === null) return 'no record has been read yet'
  const runs = log.read > 0 ? `, about ${count(Math.ceil(log.left / log.read), 'more snapshot')}` : ''
  return `${count(log.read, 'record')} this time, at most ${grouped(log.left)} left${runs}`
}

/** Time by phase. Phases run side by side, so their sum may be more than the total. */
export const timingsView = (timings: Timings): string =>
  [['phase', 'ms'], ...Object.entries(timings)]
    .map(([phase, ms]) => `${String(phase).padEnd(8)}  ${String(ms).padStart(5)}`)
    .join('\n')

const mostProblems = 10

function problemLines(problems: readonly Problem[]): string[] {
  const lines = problems.slice(0, mostProblems).map(({ code, message }) => `  ${code}: ${visible(message)}`)
  const more = problems.length - lines.length
  return more > 0 ? [...lines, `  and ${count(more, 'more problem')}, all in --json`] : lines
}

function retentionLines(retention: readonly BrokerRetention[]): string[] {
  const brokers = Map.groupBy(retention, ({ retention, sweep, source }) => {
    const length = retention === null ? 'unlimited' : span(retention)
    return `Retention ${length} (${sources[source]}), a sweep every ${span(sweep)}`
  })
  return [...brokers].map(([words, sameBrokers]) =>
    brokers.size === 1
      ? `${words}.`
      : `${words}: broker${sameBrokers.length === 1 ? '' : 's'} ${sameBrokers.map(({ broker }) => broker).join(', ')}.`,
  )
}

const sources = {
  broker: 'reported by the broker',
  settings: 'from the settings; the broker does not report it',
  default: "Kafka's default; neither the broker nor the settings name another",
  unknown: 'read by a later version of offset-watchdog',
}
