import type { ExpiringNotice, IncidentNotice, SummaryNotice } from '../../core/alerts/notice.ts'
import { timeLeft } from '../../core/policy.ts'
import { atMost, count, grouped } from '../../text/count.ts'
import { statusCommand } from './command.ts'
import { describeDeadline, describeWhen } from './deadline.ts'
import { familyRows } from './family-rows.ts'
import type { Colour, Draft } from './layout.ts'
import { describePartitions } from './never-committed.ts'
import { code, date } from './text.ts'

/** Many incidents that began together, as one message. */
export function draftSummary(notice: SummaryNotice): Draft {
  const { cluster, id, takenAt, now, worst, open, total, kind } = notice
  const settled = total - open
  return {
    colour: colourOf(notice),
    headline: headline(notice),
    sections: [
      open > 0
        ? `*Most urgent:*\n${familyRows(worst.map(ofGroup), ({ notice }) => describeIncident(notice), now, open)}`
        : '',
      open > 0 && settled > 0
        ? `*No longer in this message:* ${grouped(settled)} of ${grouped(total)} groups. Each is over or has a newer message.`
        : '',
      open > 0 ? `*What to do:* ${advice(notice)}` : '',
      open > 0 ? `*All of them:*\n${statusCommand(cluster)}` : '',
    ],
    footer: [
      `Summary \`${id}\``,
      `snapshot of ${date(takenAt)}`,
      ...(kind !== 'loss' && kind !== 'never-committed' && open > 0 ? [`times left as of ${date(now)}`] : []),
    ].join(' · '),
    key: { cluster, summary: id },
  }
}

function colourOf({ kind, open, mention, worst }: SummaryNotice): Colour {
  if (open === 0) return 'grey'
  const isUrgent = worst.some(
    notice =>
      notice.type === 'records-lost' ||
      ('cause' in notice && notice.level === 'last' && notice.cause !== 'stopped'),
  )
  return kind === 'loss' || mention || isUrgent ? 'red' : 'amber'
}

function headline({ kind, cluster, open, total, worst, now }: SummaryNotice): string {
  if (open === 0)
    return `Closed: ${count(total, 'group')} on ${code(cluster)} ${were[kind]}. Each is over or has a newer message.`

  const groups = `${count(open, 'group')} on ${code(cluster)}`
  const has = open === 1 ? 'has' : 'have'
  const [first] = worst
  switch (kind) {
    case 'loss':
      return `${groups} ${has} lost committed offsets.`
    case 'records-deadline':
      return `${groups} ${has} unread records that Kafka deletes soon, or has deleted.`
    case 'never-committed':
      return `${groups} ${has} partitions without any committed offset.`
    case 'deadline': {
      const commit = first?.type === 'expiring' ? first.commits[0]?.commit : undefined
      return `${groups} may lose committed offsets, the first ${commit ? describeDeadline(commit, now) : 'soon'}.`
    }
  }
}

const were = {
  deadline: 'came near a deadline',
  loss: 'lost committed offsets',
  'records-deadline': 'had unread records that Kafka deletes',
  'never-committed': 'had partitions without any committed offset',
} as const

const advice = ({ kind, isLastWord }: SummaryNotice): string => {
  const next = isLastWord
    ? 'This is the last message before these deadlines. Start the groups you still need.'
    : 'Each group is posted again when its deadline comes closer.'
  switch (kind) {
    case 'loss':
      return 'Do not start stopped consumers, and do not stop running ones. Look for a common cause: a deleted topic, a changed retention, a script. `offset-watchdog lookup GROUP` shows the last known offsets of a group.'
    case 'deadline':
      return `${next} Add the groups that nobody needs to \`ignore\` in the settings, with the reason. One pattern may cover many of them.`
    case 'never-committed':
      return 'Check that these consumers commit at all. `auto.offset.reset` decides where the next start of each begins.'
    case 'records-deadline':
      return `${next} If groups read slowly on purpose, set \`recordsByGroup\` to \`digest\` or \`off\` for them. One pattern may cover many groups.`
  }
}

const ofGroup = (notice: IncidentNotice) => {
  const { owner, lastMember, incident } = notice
  return { owner, lastMember, group: incident.group, notice }
}

function describeIncident(notice: IncidentNotice): string {
  switch (notice.type) {
    case 'loss': {
      const last = notice.commits[0]
      return `${count(notice.commits.length, 'offset')}${last ? `, last seen ${date(last.lastSeenAt)}` : ''}`
    }
    case 'records-lost':
      return `lost ${atMost(notice.atMost, 'unread record')}, the last of them by ${date(notice.lastAt)}`
    case 'records': {
      const [worst] = notice.partitions
      const total = notice.partitions.reduce((sum, { unread }) => sum + unread.atMost, 0n)
      return `${atMost(total, 'unread record')}${worst ? `, which Kafka begins to delete ${describeWhen(worst, notice.now)}` : ''}`
    }
    case 'never-committed': {
      const [first] = notice.entries
      return first ? describePartitions(first) : ''
    }
    case 'expiring':
      return expiringRow(notice)
  }
}

function expiringRow({ commits, cause, now }: ExpiringNotice): string {
  const offsets = count(commits.length, 'offset')
  const commit = commits[0]?.commit
  const left = commit ? timeLeft(commit, now) : null
  const when =
    left === null
      ? ''
      : `, ${left <= 0 ? 'overdue since' : commit?.evidence === 'exact' ? 'deadline' : 'deadline not before'} ${date(now + left)}`
  return `${offsets}${when}${causes[cause]}`
}

const causes = {
  simple: '',
  'assign-while-empty': ' · commits do not help',
  'beyond-log-end': ' · beyond the end of the log',
  stopped: ' · has stopped',
} as const
