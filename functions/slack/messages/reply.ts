import type { IncidentNotice, LossNotice, ReplyNotice } from '../../core/alerts/notice.ts'
import { offsetsCsv } from '../../core/recovery/offsets-csv.ts'
import { grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { command } from './command.ts'
import { headline as expiringHeadline } from './expiring.ts'
import type { Colour, Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { lastKnown, headline as lossHeadline } from './loss.ts'
import { neverCommittedHeadline } from './never-committed.ts'
import { recordsHeadline, recordsLostHeadline } from './records.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { code, date, escaped } from './text.ts'

/** An event of an incident, in the thread of the message that shows the incident's state. */
export function draftReply(notice: ReplyNotice, links: Links): Draft {
  const { about } = notice
  const { cluster, incident, takenAt } = about
  const { headline, sections = [], colour = 'grey', file } = words(notice, links)
  return {
    colour,
    headline,
    sections,
    footer: `Incident \`${incident.id}\` · snapshot of ${date(takenAt)}`,
    key: { cluster, incident: incident.id, slot: slotOf(notice) },
    ...(file && { file }),
  }
}

/** Each daily reply is a separate message. */
const slotOf = ({ reply, about }: ReplyNotice): string =>
  reply === 'more-lost' ? `${reply}-${about.incident.recordsLost?.told.times}` : reply

type Words = Pick<Draft, 'headline' | 'file'> & { sections?: string[]; colour?: Colour }

function words({ reply, about }: ReplyNotice, links: Links): Words {
  const { cluster, incident } = about
  const group = subjectOf({ cluster, incident })
  switch (reply) {
    case 'opened':
      return { colour: 'amber', headline: headlineOf(about) }
    case 'second':
      return { colour: 'amber', headline: `Closer: ${headlineOf(about)}` }
    case 'reset':
      return about.type === 'loss'
        ? { colour: 'red', headline: lossHeadline(about), sections: [lastKnown(about.commits)] }
        : { headline: headlineOf(about) }
    case 'more-lost':
      return { colour: 'red', headline: `Still losing: ${headlineOf(about)}` }
    case 'acknowledged':
      return {
        headline: `Acknowledged (${when(incident.acknowledgedAt ?? about.now, incident.acknowledgedBy)}): ${group} ${consequences[incident.kind]}`,
      }
    case 'undone':
      return {
        colour: 'amber',
        headline: `Undone (${when(incident.undone?.at ?? about.now, incident.undone?.by)}): ${group} is no longer acknowledged.`,
      }
    case 'offsets':
      return about.type === 'loss' ? offsets(about, links) : { headline: headlineOf(about) }
    case 'closed':
      return {
        headline: about.resolved ? closedHeadline(about, about.resolved) : `${group} is settled.`,
      }
  }
}

const when = (at: number, by: string | undefined) => `${date(at)}${by ? ` by ${code(by, 60)}` : ''}`

/** The consequences of an acknowledgement. */
const consequences = {
  deadline: 'no longer escalates. A loss is still posted.',
  loss: 'is settled.',
  'records-deadline': 'no longer escalates because of unread records. A loss is still posted.',
  'records-loss': 'gets no more daily replies. The message above still has the running total.',
  'never-committed':
    'still reads partitions without any committed offset. The message above stays up to date.',
} as const

function headlineOf(about: IncidentNotice): string {
  switch (about.type) {
    case 'expiring':
      return expiringHeadline(about)
    case 'loss':
      return lossHeadline(about)
    case 'records':
      return recordsHeadline(about)
    case 'records-lost':
      return recordsLostHeadline(about)
    case 'never-committed':
      return neverCommittedHeadline(about)
  }
}

/** Characters of a section that remain for the offsets. */
const ROOM = 2_500

function offsets({ incident, commits, cluster }: LossNotice, links: Links): Words {
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
    headline: `The last known offsets of ${code(incident.group)} on ${code(cluster)}, in the format of \`kafka-consumer-groups --reset-offsets --from-file\`.`,
    sections: [
      `\`\`\`${shown.join('\n') || '(too long to show)'}\`\`\`${left > 0 ? `\n…and ${grouped(left)} more.` : ''}`,
      left > 0 && all !== null ? `*All of them:*\n\`\`\`${escaped(all)}\`\`\`` : '',
      more('offsets-that-are-gone', 'How to use them', links),
    ],
    file: { name: 'offsets.csv', content: csv },
  }
}
