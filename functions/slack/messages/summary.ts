import type { ExpiringNotice, LossNotice, SummaryNotice } from '../../core/alerts/notice.ts'
import { timeLeft } from '../../core/policy.ts'
import { count } from '../../text/count.ts'
import { shellQuoted } from '../../text/shell.ts'
import { describeDeadline } from './expiring.ts'
import type { Colour, Draft } from './layout.ts'
import { describeOwner } from './owner.ts'
import { code, date, rows } from './text.ts'

/** Many incidents that began together, as one message. */
export function draftSummary(notice: SummaryNotice): Draft {
  const { cluster, id, takenAt, now, worst, open, total, kind, isLastWord } = notice
  const settled = total - open
  return {
    colour: colourOf(notice),
    headline: headline(notice),
    sections: [
      open > 0 ? `*The most urgent:*\n${rows(worst.values().map(row), open)}` : '',
      open > 0 && settled > 0
        ? `*Of ${total.toLocaleString('en-US')} at first,* ${settled.toLocaleString('en-US')} are over, or told of in a newer message.`
        : '',
      open > 0
        ? `*What to do:* ${
            kind === 'loss'
              ? 'Do not start consumers that have stopped, and leave running those that run. Look for one cause of all: a deleted topic, a changed retention, a script. `offset-watchdog lookup GROUP` has the last known offsets of each.'
              : `${isLastWord ? 'No other message comes before these deadlines: start what shall go on.' : 'Each group is told of again when it comes nearer.'} Those that nobody needs belong into \`ignore\` in the settings, with the reason; one pattern may cover many.`
          }`
        : '',
      open > 0 ? `*All of them:*\n\`\`\`offset-watchdog status --cluster ${shellQuoted(cluster)}\`\`\`` : '',
    ],
    footer: [
      `Summary \`${id}\``,
      `snapshot of ${date(takenAt)}`,
      ...(kind === 'deadline' && open > 0 ? [`times left as of ${date(now)}`] : []),
    ].join(' · '),
    key: { cluster, summary: id },
  }
}

function colourOf({ kind, open, mention, worst }: SummaryNotice): Colour {
  if (open === 0) return 'grey'
  const isUrgent = worst.some(
    notice => notice.type === 'expiring' && notice.level === 'last' && notice.cause !== 'stopped',
  )
  return kind === 'loss' || mention || isUrgent ? 'red' : 'amber'
}

function headline({ kind, cluster, open, total, worst, now }: SummaryNotice): string {
  if (open === 0) {
    const were = kind === 'loss' ? 'lost committed offsets' : 'came near a deadline'
    return `Closed: ${count(total, 'group')} on ${code(cluster)} ${were}; each is over, or told of in a newer message.`
  }

  const groups = `${count(open, 'group')} on ${code(cluster)}`
  if (kind === 'loss') return `${groups} ${open === 1 ? 'has' : 'have'} lost committed offsets.`
  const first = worst[0]?.commits[0]?.commit
  return `${groups} may lose committed offsets, the first ${first ? describeDeadline(first, now) : 'soon'}.`
}

function row(notice: ExpiringNotice | LossNotice): string {
  const group = code(notice.incident.group, 60)
  const offsets = count(notice.commits.length, 'offset')
  const owner = describeOwner(notice, notice.now)
  const owned = owner === '' ? '' : ` · ${owner}`
  if (notice.type === 'loss') {
    const last = notice.commits[0]
    return `${group}: ${offsets}${last ? `, last seen ${date(last.lastSeenAt)}` : ''}${owned}`
  }

  const { commits, cause, now } = notice
  const commit = commits[0]?.commit
  const left = commit ? timeLeft(commit, now) : null
  const when =
    left === null
      ? ''
      : `, ${left <= 0 ? 'overdue since' : commit?.evidence === 'exact' ? 'expires' : 'not before'} ${date(now + left)}`
  return `${group}: ${offsets}${when}${causes[cause]}${owned}`
}

const causes = {
  simple: '',
  'assign-while-empty': ' · commits do not help it',
  'beyond-log-end': ' · beyond the end of the log',
  stopped: ' · has stopped',
} as const
