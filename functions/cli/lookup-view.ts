import type { Impact } from '../core/impact.ts'
import { offsetsCsv } from '../core/offsets-csv.ts'
import type { LookUpResult, Position } from '../jobs/look-up.ts'
import { iso } from '../jobs/status-json.ts'
import { commandLine } from '../shell.ts'
import { visible } from '../visible.ts'
import { goneWords } from './commit-words.ts'
import { adviceView, recoveryFor, recoveryJson } from './lookup-advice.ts'
import { snapshotTitle } from './snapshot-view.ts'
import { table } from './table.ts'
import { count, date, name } from './words.ts'

/** A line a partition. Offsets have no separators, so that they can be copied. */
export function lookupView(found: LookUpResult, now: number): string {
  const { head, group, kind, state, positions } = found
  const recovery = recoveryFor(found)
  const hasMetadata = positions.some(({ metadata }) => metadata)
  const headings = [
    'TOPIC',
    'PARTITION',
    'OFFSET',
    'LAST SEEN (UTC)',
    'STILL IN THE LOG',
    'WHAT HAPPENED (UTC)',
  ]
  const rows = positions.map(position => [
    name(position.commit.topic),
    String(position.commit.partition),
    String(position.offset),
    date(position.seenAt, now, { seconds: true }),
    logWords(position.impact),
    statusWords(position, now),
    ...(hasMetadata ? [name(position.metadata ?? '')] : []),
  ])
  return [
    snapshotTitle(head, now),
    `${visible(group)} · ${kind === 'simple' ? 'simple' : `${kind}, ${state}`}`,
    table(hasMetadata ? [...headings, 'METADATA'] : headings, rows),
    ...(recovery ? [adviceView(recovery), nextStep(head.cluster, group)] : []),
  ].join('\n\n')
}

const nextStep = (cluster: string, group: string) =>
  `To see what a restore would do; it writes nothing:\n\n  ${commandLine(['offset-watchdog', 'restore', `--cluster=${cluster}`, '--', group])}`

function statusWords({ status, commit: { gone, before, offset } }: Position, now: number): string {
  if (gone) return `gone: ${goneWords(gone, now)}`
  if (status === 'reset') return `reset: committed again at ${before?.resetTo}, now ${offset}`
  return before
    ? `committed; ${before.offset} before it ${before.reason === 'moved-back' ? 'moved back' : 'was lost'}`
    : 'committed'
}

/** As the log was when it was read last. */
function logWords(impact: Impact): string {
  switch (impact.kind) {
    case 'unknown':
      return 'not read'
    case 'none':
      return 'log is empty there'
    case 'below-log-start':
      return `no, ${count(impact.missing, 'record')} deleted`
    case 'beyond-log-end':
      return `no, ${count(impact.by, 'record')} beyond its end`
    case 'reset':
      return `yes, ${count(impact.skipped, 'record')} after it`
  }
}

export const lookupJson = (found: LookUpResult) => ({
  schemaVersion: 1,
  cluster: found.head.cluster,
  clusterId: found.head.clusterId,
  takenAt: iso(found.head.takenAt),
  group: found.group,
  kind: found.kind,
  state: found.state,
  recovery: recoveryJson(recoveryFor(found)),
  partitions: found.positions.map(({ commit, status, offset, leaderEpoch, metadata, seenAt, reason }) => ({
    topic: commit.topic,
    topicId: commit.topicId,
    partition: commit.partition,
    status,
    offset: String(offset),
    leaderEpoch,
    metadata,
    seenAt: iso(seenAt),
    reason,
    committedNow: commit.gone ? null : String(commit.offset),
    logStart: commit.logStart === null ? null : String(commit.logStart),
    logEnd: commit.logEnd === null ? null : String(commit.logEnd),
  })),
})

/**
 * `topic,partition,offset` for `kafka-consumer-groups --reset-offsets --from-file`: no header, one group. An offset
 * whose topic was deleted is left out, since an unknown topic makes the tool refuse the whole file.
 */
export const lookupCsv = ({ positions }: LookUpResult): string =>
  offsetsCsv(
    positions
      .filter(({ reason }) => reason !== 'topic-deleted')
      .map(({ commit, offset }) => ({ ...commit, offset })),
  )
