import type { Impact } from '../../core/impact.ts'
import type { PreviousCommit } from '../../core/model/commit.ts'
import { type Recovery, recoveryFor } from '../../core/recovery/recovery.ts'
import type { KnownOffset, LookUpResult } from '../../jobs/look-up.ts'
import { atMost, count } from '../../text/count.ts'
import { commandLine } from '../../text/shell.ts'
import { formatGone } from './commit.ts'
import { beginning, date, name } from './format.ts'
import { adviceView } from './lookup-advice.ts'
import { neverCommittedView } from './never-committed.ts'
import { formatOwner } from './owner.ts'
import { snapshotTitle } from './snapshot.ts'
import { table } from './table.ts'
import { lostSentences, unreadSentences } from './unread.ts'

/**
 * One line for each partition. Offsets have no separators, so that they can be copied.
 * @param owner by the group's route
 */
export function lookupView(found: LookUpResult, owner: string | null, now: number): string {
  const { head, group, kind, state, offsets, neverCommitted } = found
  const recovery = recoveryFor(offsets)
  const isSame = isSameTopic(offsets)
  const hasMetadata = offsets.some(({ metadata }) => metadata)
  const headings = [
    'TOPIC',
    'PARTITION',
    'OFFSET',
    'LAST SEEN (UTC)',
    'STILL IN THE LOG',
    'WHAT HAPPENED (UTC)',
  ]
  const rows = offsets.map(known => [
    name(known.commit.topic),
    String(known.commit.partition),
    String(known.offset),
    date(known.seenAt, now, { seconds: true }),
    known.reason === 'topic-deleted' ? 'the topic is gone' : formatRecords(known.impact),
    formatStatus(known, now),
    ...(hasMetadata ? [beginning(known.metadata ?? '')] : []),
  ])
  return [
    snapshotTitle(head, now),
    [
      name(group),
      kind === 'simple' ? 'simple' : `${kind}, ${state}`,
      ...formatOwner({ owner, lastMember: found.lastMember }, now),
    ].join(' · '),
    table(hasMetadata ? [...headings, 'METADATA'] : headings, rows),
    ...recordsView(offsets, now),
    ...(neverCommitted.length > 0 ? [neverCommittedView(neverCommitted, now)] : []),
    ...(offsets.some(({ reason }) => reason === 'topic-deleted') ? [ofDeletedTopic] : []),
    ...(isSame ? [] : [ofUnknownTopic]),
    ...(recovery ? [adviceView(recovery, isSame)] : []),
    ...(recovery?.fits === 'restore'
      ? [`${restoreIntroduction}\n\n  ${restoreCommand(head.cluster, group, recovery)}`]
      : []),
  ].join('\n\n')
}

function recordsView(offsets: readonly KnownOffset[], now: number): string[] {
  const commits = offsets.map(({ commit }) => commit)
  const sentences = [...unreadSentences(commits, now), ...lostSentences(commits, now)]
  return sentences.length > 0 ? [sentences.join('\n')] : []
}

const ofDeletedTopic =
  'An offset of a deleted topic means nothing in a new topic of the same name: start there with auto.offset.reset=earliest.'

/** True if topic ids prove that each topic still is the one of the lost offsets. */
export const isSameTopic = (offsets: readonly KnownOffset[]): boolean => !offsets.some(isOfUnknownTopic)

/** True for a lost offset without a topic id: the topic may have been deleted and created again. */
const isOfUnknownTopic = ({ commit, status, reason }: KnownOffset): boolean =>
  status !== 'committed' && reason !== 'topic-deleted' && commit.topicId === null

const ofUnknownTopic =
  'The cluster reports no topic ids, so a topic may have been deleted and created again since. `restore` compares the logs, and refuses if they show that.'

export const restoreIntroduction = 'This command shows what a restore would do, and writes nothing:'

/**
 * The command that shows what a restore would do.
 * @param environment variables that the command needs
 */
export function restoreCommand(
  cluster: string,
  group: string,
  { costs }: Recovery,
  environment: Record<string, string> = {},
): string {
  const belowStart = costs.some(({ deleted }) => deleted > 0n) ? ['--below-start=earliest'] : []
  const words = ['offset-watchdog', 'restore', `--cluster=${cluster}`, ...belowStart, '--', group]
  return commandLine(words, environment)
}

export const lookupCommand = (
  cluster: string,
  group: string,
  environment: Record<string, string> = {},
): string => commandLine(['offset-watchdog', 'lookup', `--cluster=${cluster}`, '--', group], environment)

export function formatStatus(
  { status, commit: { gone, previousCommit: before, offset } }: KnownOffset,
  now: number,
): string {
  if (gone) return `gone: ${formatGone(gone, now)}`
  if (status === 'reset') return `reset: committed again at ${before?.resetTo}, now ${offset}`
  return before ? `committed; ${before.offset} before ${changes[before.reason]}` : 'committed'
}

const changes: Record<PreviousCommit['reason'], string> = {
  'moved-back': 'it moved back',
  'topic-deleted': 'its topic was deleted',
  expired: 'it was lost',
  deleted: 'it was lost',
  negative: 'it was lost',
  'offsets-topic': 'it was lost',
  unknown: 'it was lost',
}

type Outside = Extract<Impact, { kind: 'below-log-start' | 'beyond-log-end' }>

const outside = (impact: Outside) =>
  impact.kind === 'below-log-start'
    ? `${atMost(impact.missing, 'record')} deleted`
    : `${count(impact.by, 'record')} beyond its end`

/** The impact by the state of the log when it was last read. */
export function formatRecords(impact: Impact): string {
  switch (impact.kind) {
    case 'unknown':
      return 'not read'
    case 'none':
      return 'log is empty there'
    case 'below-log-start':
    case 'beyond-log-end':
      return `no, ${outside(impact)}`
    case 'reset':
      return `yes, ${atMost(impact.skipped, 'record')} after it`
  }
}

/** Offsets outside the log, at which no consumer can begin; null if there are none. */
function describeOutside({ offsets }: LookUpResult): string | null {
  const found = offsets.flatMap(({ commit: { topic, partition }, impact }) =>
    impact.kind === 'below-log-start' || impact.kind === 'beyond-log-end'
      ? [`${topic}-${partition} (${outside(impact)})`]
      : [],
  )
  if (found.length === 0) return null
  const which = found.slice(0, 5).join(', ') + (found.length > 5 ? ', …' : '')
  return `${count(found.length, 'offset')} outside the log at its last reading: ${which}. A consumer that starts there follows auto.offset.reset; \`restore\` shows the options.`
}

/**
 * Caveats that the offsets do not show.
 * @param alone whether the command prints nothing but the offsets
 */
export function doubtSentences(result: LookUpResult, alone: boolean): string[] {
  const { head, offsets, replacedBy } = result
  const deleted = offsets.filter(({ reason }) => reason === 'topic-deleted').length
  const outside = describeOutside(result)
  return [
    ...(replacedBy === null
      ? []
      : [
          `the snapshot of that time is of an earlier cluster, with the id ${head.clusterId}: its offsets mean nothing in the cluster of today, with the id ${replacedBy}.`,
        ]),
    ...(alone && deleted > 0 ? [`${count(deleted, 'offset')} left out, because the topic was deleted.`] : []),
    ...(alone && outside !== null ? [outside] : []),
  ]
}
