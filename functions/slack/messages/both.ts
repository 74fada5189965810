import type { BothNotice, DeadlineNotice } from '../../core/alerts/notice.ts'
import { draftExpiring } from './expiring.ts'
import type { Draft } from './layout.ts'
import type { Links } from './links.ts'
import { draftRecords } from './records.ts'

/** A group's offsets and its unread records in one message, the nearer deadline first. */
export function draftBoth({ cluster, incident, notices, mention }: BothNotice, links: Links): Draft {
  const [first, ...others] = notices
  const nearer = draftDeadline(first, links)
  const later = others.map(notice => draftDeadline(notice, links))
  const isRed = [nearer, ...later].some(({ colour }) => colour === 'red')
  return {
    colour: isRed ? 'red' : nearer.colour,
    headline: [
      `${mention ? 'Last call: ' : ''}${nearer.headline}`,
      ...later.map(({ headline }) => headline),
    ].join(' And '),
    sections: [
      ...nearer.sections,
      ...later.flatMap(({ headline, sections, footer }) => [
        `*${headline}*`,
        // Both notices name the owner, so a repeated section is left out.
        ...sections.filter(section => !nearer.sections.includes(section)),
        footer,
      ]),
    ],
    footer: nearer.footer,
    key: { cluster, incident: incident.id, slot: 'parent' },
  }
}

const draftDeadline = (notice: DeadlineNotice, links: Links): Draft =>
  notice.type === 'records' ? draftRecords(notice, links) : draftExpiring(notice, links)
