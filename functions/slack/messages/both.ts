import type { BothNotice, DeadlineNotice } from '../../core/alerts/notice.ts'
import { draftExpiring } from './expiring.ts'
import type { Colour, Draft } from './layout.ts'
import type { Links } from './links.ts'
import { draftRecords } from './records.ts'

/** A group's offsets and its unread records in one message, the nearer deadline first. */
export function draftBoth({ cluster, incident, notices, mention }: BothNotice, links: Links): Draft {
  const [first, second] = notices.map(notice => draftDeadline(notice, links))
  if (first === undefined || second === undefined) throw new RangeError('two deadlines make one message')
  const colours = [first.colour, second.colour]
  const colour = (['red', 'amber', 'grey'] as const satisfies Colour[]).find(each => colours.includes(each))
  return {
    colour: colour ?? 'amber',
    headline: `${mention ? 'Last call: ' : ''}${first.headline} And ${second.headline}`,
    sections: [...first.sections, `*${second.headline}*`, ...second.sections, `${second.footer}`],
    footer: first.footer,
    key: { cluster, incident: incident.id, slot: 'parent' },
  }
}

export const draftDeadline = (notice: DeadlineNotice, links: Links): Draft =>
  notice.type === 'records' ? draftRecords(notice, links) : draftExpiring(notice, links)
