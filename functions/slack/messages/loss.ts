import type { LossNotice, LostCommit } from '../../core/alerts/notice.ts'
import type { Gone } from '../../core/model/commit.ts'
import { atMost } from '../../text/count.ts'
import { command } from './command.ts'
import { staleness } from './footer.ts'
import { describeImpact } from './impact.ts'
import { incidentDraft } from './incident.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { code, date, pasted, rows } from './text.ts'

/** Offsets that are gone, or that were gone and are committed again. */
export function draftLoss(notice: LossNotice, links: Links): Draft {
  const { resolved, commits } = notice
  return incidentDraft(notice, 'red', [
    lastKnown(commits),
    resolved ? '' : `*What to do:*\n${advice(commits, links)}`,
    resolved ? '' : needless(notice, links),
    commands(notice),
    commits[0] ? `*Why:* ${describeReason(commits[0])}` : '',
    commits[0] && !resolved ? staleness(readAt(commits[0], notice.takenAt), notice) : '',
  ])
}

/**
 * End of the last reading that asked for the offset. An offset that is gone has been asked for in each snapshot since.
 */
const readAt = ({ commit }: LostCommit, takenAt: number): number => (commit.gone ? takenAt : commit.seenAt)

export function lastKnown(commits: readonly LostCommit[]): string {
  if (commits.length === 0) return ''

  const times = new Set(commits.map(({ lastSeenAt }) => lastSeenAt))
  const together = times.size === 1
  const title = together
    ? `last seen ${date(commits[0]?.lastSeenAt ?? 0)}`
    : 'with the time when each was last seen'
  return `*Last known offsets,* ${title}:\n${rows(
    commits.values().map(lost => row(lost, together)),
    commits.length,
  )}`
}

const row = (lost: LostCommit, together: boolean): string =>
  [
    `${code(lost.commit.topic, 60)} ${lost.commit.partition}: *${lost.lost}*`,
    ...(together ? [] : [`last seen ${date(lost.lastSeenAt)}`]),
    describeRecords(lost),
    describeOutcome(lost),
  ].join(' · ')

/** Says whether a consumer that starts at the lost offset finds the records that it did not read. */
export function describeRecords({ impact }: Pick<LostCommit, 'impact'>): string {
  switch (impact.kind) {
    case 'unknown':
      return 'log not read'
    case 'none':
      return 'log empty there, no records lost'
    case 'below-log-start':
      return `no longer in the log, ${atMost(impact.missing, 'record')} deleted unread`
    case 'beyond-log-end':
      return `beyond the log end by ${impact.by}`
    case 'reset':
      return impact.skipped === 0n
        ? 'at the log end'
        : `still in the log, ${atMost(impact.skipped, 'record')} after it`
  }
}

function describeOutcome({ outcome, commit, lost }: LostCommit): string {
  switch (outcome.kind) {
    case 'gone':
      return 'the group has no offset now'
    case 'recovered':
      return 'committed again'
    case 'caught-up':
      return `was set back, and has caught up: now ${commit.offset}`
    case 'rewound':
      return `now ${commit.offset}: set back by ${atMost(outcome.by, 'record')}`
    case 'went-on-or-skipped':
      return `committed again at ${lost + outcome.by}, ${atMost(outcome.by, 'record')} later: the group went on, or skipped these records`
  }
}

function advice(commits: readonly LostCommit[], links: Links): string {
  const gone = commits.filter(({ outcome }) => outcome.kind === 'gone')
  const has = (kind: LostCommit['outcome']['kind']) => commits.some(({ outcome }) => outcome.kind === kind)
  const costs = gone.some(({ impact }) => impact.kind !== 'none')
  const steps = [
    costs &&
      `If the consumer has stopped, do not start it yet. Without an offset, ${describeImpact(gone.map(({ impact }) => impact))}`,
    costs &&
      'If the consumer is still running, leave it running, and do not restore. It has its position in memory, and its next commit brings the offset back.',
    gone.length > 0 &&
      !costs &&
      'Nothing: the log is empty at these offsets, so each start leads to the same position.',
    has('rewound') &&
      'A consumer that was set back reads records a second time. If that does harm, stop the consumer now, and put the earlier offsets back.',
    has('went-on-or-skipped') &&
      'Offsets alone do not show whether the consumer went on from its position in memory (nothing is lost) or was reset and skipped records. Check what the consumer processed after the last known offset. If it skipped records, stop it, and put the earlier offsets back.',
    more(
      gone.length > 0 ? 'offsets-that-are-gone' : 'a-group-that-was-reset',
      'Details, and all ways to recover',
      links,
    ),
  ]
  return steps
    .filter(step => step !== false)
    .map(step => `• ${step}`)
    .join('\n')
}

/** A group that repeatedly loses its offset and is never restored may not need it. */
const needless = ({ resets }: LossNotice, links: Links): string =>
  resets < 2
    ? ''
    : `*Does this group need offsets at all?* It has lost the same offset ${resets} times, started over each time, and nobody restored the offset. If the group needs no offsets, ignore it with the reason. ${more('groups-that-need-no-offsets', 'How to ignore a group', links)}`

/**
 * The commands to restore, first the one that writes nothing. Both commands cover all partitions, even those that the
 * message omits.
 */
function commands({ cluster, incident, resolved, commits }: LossNotice): string {
  const [lookup, restore] = [
    command('lookup', incident.group, cluster),
    command('restore', incident.group, cluster),
  ]
  if (lookup === null || restore === null) {
    return `*All offsets of the group:* see \`offset-watchdog status --json\`. The group’s name cannot be pasted into a shell, so name incident \`${incident.id}\` when you ask for help.`
  }
  const all = `*All offsets of the group,* and the recommended way to recover:\n${pasted(lookup)}`
  if (resolved || commits.every(({ impact }) => impact.kind === 'none')) return all
  return `${all}\n*To restore the offsets of a stopped group,* begin with this command. It shows the plan, and writes nothing:\n${pasted(restore)}`
}

/**
 * A tombstone in `__consumer_offsets` shows the exact moment. Without a tombstone the moment is between two readings.
 */
const describeMoment = ({ earliest, latest }: Gone): string =>
  earliest === latest ? `on ${date(latest)}` : `between ${date(earliest)} and ${date(latest)}`

/** The reason why the offsets were lost, as far as it is known for the first of them. */
function describeReason({ commit: { gone, previousCommit: before }, lastSeenAt }: LostCommit): string {
  const when = gone ? describeMoment(gone) : `after ${date(lastSeenAt)}`
  const reason = gone?.reason ?? before?.reason ?? 'unknown'
  switch (reason) {
    case 'expired':
      return `Kafka deleted the offsets ${when}, because their retention was over.`
    case 'moved-back':
      return `Only members can commit while a group has members. So a member went back with \`seek()\` ${when}, or the group lost the offset and started over between two snapshots.`
    case 'deleted':
      return `Somebody deleted the offsets ${when}.`
    case 'negative':
      return `A client replaced the offsets by negative ones ${when}. Consumers treat a negative offset as no offset.`
    case 'offsets-topic':
      return `The offsets disappeared ${when}, before their retention was over: the topic \`__consumer_offsets\` itself lost their records. Other groups may lose their offsets at the next restart of a broker. \`offset-watchdog doctor\` names these groups.`
    // A deleted topic is no loss.
    case 'topic-deleted':
    case 'unknown':
      return `The offsets disappeared ${when}. Kafka gives no reason: either their retention was over, or somebody deleted them.`
  }
}
