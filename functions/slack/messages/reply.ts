import type { LossNotice, ReplyNotice } from '../../core/alerts/notice.ts'
import { offsetsCsv } from '../../core/recovery/offsets-csv.ts'
import { grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { command } from './command.ts'
import { headlineOf } from './headline.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { lastKnown } from './loss.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { code, date, escaped, pasted, ROOM } from './text.ts'

/** An event of an incident, in the thread of the message that shows the incident's state. */
export function draftReply(notice: ReplyNotice, links: Links): Draft {
  const { about } = notice
  const { cluster, incident, takenAt } = about
  return {
    colour: 'grey',
    sections: [],
    ...contentOf(notice, links),
    footer: `Incident \`${incident.id}\` · snapshot of ${date(takenAt)}`,
    key: { cluster, incident: incident.id, slot: slotOf(notice) },
  }
}

/** Each daily reply is a separate message. */
const slotOf = ({ reply, about }: ReplyNotice): string =>
  reply === 'more-lost' ? `${reply}-${about.incident.recordsLost?.told.times}` : reply

type Content = Pick<Draft, 'headline' | 'file'> & Partial<Pick<Draft, 'sections' | 'colour'>>

function contentOf({ reply, about }: ReplyNotice, links: Links): Content {
  const { incident, now } = about
  switch (reply) {
    case 'opened':
      return { colour: 'amber', headline: headlineOf(about) }
    case 'second':
      return { colour: 'amber', headline: `Closer: ${headlineOf(about)}` }
    case 'reset':
      return { colour: 'red', headline: headlineOf(about), sections: [lastKnown(about.commits)] }
    case 'more-lost':
      return { colour: 'red', headline: `Still losing: ${headlineOf(about)}` }
    case 'acknowledged':
      return {
        headline: `Acknowledged (${when(incident.acknowledgedAt ?? now, incident.acknowledgedBy)}): ${subjectOf(about)} ${consequences[about.type]}`,
      }
    case 'undone':
      return {
        colour: 'amber',
        headline: `Undone (${when(incident.undone?.at ?? now, incident.undone?.by)}): ${subjectOf(about)} is no longer acknowledged.`,
      }
    case 'offsets':
      return offsets(about, links)
    case 'closed':
      return { headline: closedHeadline(about) }
  }
}

const when = (at: number, by: string | undefined) => `${date(at)}${by ? ` by ${code(by, 60)}` : ''}`

/** The consequences of an acknowledgement. */
const consequences = {
  expiring: 'no longer escalates. A loss is still posted.',
  records: 'no longer escalates because of unread records. A loss is still posted.',
  'records-lost': 'gets no more daily replies. The message above still has the running total.',
  'never-committed':
    'still reads partitions without any committed offset. The message above stays up to date.',
} as const

function offsets(notice: LossNotice, links: Links): Content {
  const { incident, commits, cluster } = notice
  const csv = offsetsCsv(commits.map(({ commit, lost }) => ({ ...commit, offset: lost })))
  const lines = csv.split('\n').filter(Boolean)
  const shown: string[] = []
  let length = 0
  for (const line of lines) {
    const safe = escaped(visible(line).replaceAll('`', 'ˋ'))
    length += safe.length + 1
    if (length > ROOM) break
    shown.push(safe)
  }
  const left = lines.length - shown.length
  const all = command('lookup', incident.group, cluster, '--csv')
  return {
    headline: `The last known offsets of ${subjectOf(notice)}, in the format of \`kafka-consumer-groups --reset-offsets --from-file\`.`,
    sections: [
      `\`\`\`${shown.join('\n') || '(too long to show)'}\`\`\`${left > 0 ? `\n…and ${grouped(left)} more.` : ''}`,
      left > 0 && all !== null ? `*All of them:*\n${pasted(all)}` : '',
      more('offsets-that-are-gone', 'How to use them', links),
    ],
    file: { name: 'offsets.csv', content: csv },
  }
}
