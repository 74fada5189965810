import type { LossNotice, ReplyNotice } from '../../core/alerts/notice.ts'
import { offsetsCsv } from '../../core/recovery/offsets-csv.ts'
import { visible } from '../../text/visible.ts'
import { command } from './command.ts'
import { headline as expiringHeadline } from './expiring.ts'
import type { Colour, Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { lastKnown, headline as lossHeadline } from './loss.ts'
import { describeResolution } from './resolution.ts'
import { code, date, escaped } from './text.ts'

/** What has happened to an incident, in the thread of the message that says how it stands. */
export function draftReply(notice: ReplyNotice, links: Links): Draft {
  const { reply, about } = notice
  const { cluster, incident, takenAt } = about
  const { headline, sections = [], colour = 'grey', file } = words(notice, links)
  return {
    colour,
    headline,
    sections,
    footer: `Incident \`${incident.id}\` · snapshot of ${date(takenAt)}`,
    key: { cluster, incident: incident.id, slot: reply },
    ...(file && { file }),
  }
}

type Words = Pick<Draft, 'headline' | 'file'> & { sections?: string[]; colour?: Colour }

function words({ reply, about }: ReplyNotice, links: Links): Words {
  const { cluster, incident } = about
  const group = `${code(incident.group)} on ${code(cluster)}`
  switch (reply) {
    case 'second':
      return {
        colour: 'amber',
        headline: about.type === 'expiring' ? `Nearer: ${expiringHeadline(about)}` : lossHeadline(about),
      }
    case 'reset':
      return about.type === 'loss'
        ? { colour: 'red', headline: lossHeadline(about), sections: [lastKnown(about.commits)] }
        : { headline: expiringHeadline(about) }
    case 'acknowledged':
      return {
        headline: `Somebody has seen it (${date(incident.acknowledgedAt ?? about.now)}): ${group} calls nobody at its last level. A loss is told all the same.`,
      }
    case 'offsets':
      return about.type === 'loss' ? offsets(about, links) : { headline: expiringHeadline(about) }
    case 'closed':
      return {
        headline: about.resolved
          ? `Closed: ${group} ${describeResolution(about.resolved)}.`
          : `${group} is settled.`,
      }
  }
}

/** Characters of a section that are left for the offsets. */
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
    headline: `The last known offsets of ${code(incident.group)} on ${code(cluster)}, as \`kafka-consumer-groups --reset-offsets --from-file\` takes them.`,
    sections: [
      `\`\`\`${shown.join('\n') || '(too long to be shown)'}\`\`\`${left > 0 ? `\n…and ${left.toLocaleString('en-US')} more.` : ''}`,
      left > 0 && all !== null ? `*All of them:*\n\`\`\`${escaped(all)}\`\`\`` : '',
      more('offsets-that-are-gone', 'How to use them', links),
    ],
    file: { name: 'offsets.csv', content: csv },
  }
}
