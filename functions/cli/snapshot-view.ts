import type { BrokerRetention, Problem } from '../core/model.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { count, date, span, visible } from './words.ts'

/** `prod · snapshot of Sun 22 Nov 14:00 UTC, 3 min ago · 214 groups, 1,312 offsets, 4 gone` */
export function snapshotTitle({ cluster, takenAt, counts }: SnapshotHead, now: number): string {
  const gone = counts.gone > 0 ? `, ${counts.gone.toLocaleString('en-US')} gone` : ''
  return [
    cluster,
    `snapshot of ${date(takenAt, now)} UTC, ${span(now - takenAt)} ago`,
    `${count(counts.groups, 'group')}, ${count(counts.commits, 'offset')}${gone}`,
  ].join(' · ')
}

/** What a snapshot saw, and what is missing from it. */
export const snapshotView = (head: SnapshotHead, now: number): string =>
  [snapshotTitle(head, now), aboutSnapshot(head)].join('\n')

/** What a reader has to know before he relies on it: what is missing, and which retention was taken. */
export function aboutSnapshot({ complete, problems, retention, mode }: SnapshotHead): string {
  const lines = [
    complete
      ? 'Complete: everything known was read.'
      : 'Not complete: what could not be read is shown as it was last seen.',
    ...problemLines(problems),
    ...retentionLines(retention),
  ]
  if (mode === 'observed')
    lines.push('Ages are observed by comparing snapshots, so they are bounds: "not before", "≥".')
  return lines.join('\n')
}

const mostProblems = 10

export function problemLines(problems: readonly Problem[]): string[] {
  const lines = problems.slice(0, mostProblems).map(({ code, message }) => `  ${code}: ${visible(message)}`)
  const more = problems.length - lines.length
  return more > 0 ? [...lines, `  and ${count(more, 'more problem')}, all in --json`] : lines
}

function retentionLines(retention: readonly BrokerRetention[]): string[] {
  const brokers = Map.groupBy(retention, ({ retention, sweep, source }) => {
    const length = retention === null ? 'unlimited' : span(retention)
    return `Retention ${length} (${sources[source]}), a sweep every ${span(sweep)}`
  })
  return [...brokers].map(([words, of]) =>
    brokers.size === 1
      ? `${words}.`
      : `${words}: broker${of.length === 1 ? '' : 's'} ${of.map(({ broker }) => broker).join(', ')}.`,
  )
}

const sources = {
  broker: 'told by the broker',
  settings: 'from the settings, since the broker does not tell',
  default: "Kafka's default, since the broker does not tell and the settings name none",
}
