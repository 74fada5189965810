import type { Notice } from '../../core/alerts/notice.ts'
import { draftDigest } from './digest.ts'
import { draftExpiring } from './expiring.ts'
import { type Draft, layOut, type SlackMessage } from './layout.ts'
import { type Links, link } from './links.ts'
import { draftLoss } from './loss.ts'
import { draftReply } from './reply.ts'
import { isBrief, toTheSecond } from './second-precision.ts'
import { draftSummary } from './summary.ts'
import { draftTrouble } from './trouble.ts'
import { draftUnknownAge } from './unknown-age.ts'

export type { SlackMessage } from './layout.ts'

export interface RenderOptions extends Links {
  /** As Slack writes it, such as `<!here>`; used where the notice asks for one. */
  mention: string | undefined
}

/** A notice as Slack shows it, within Slack's limits whatever names and numbers it holds. */
export function render(notice: Notice, { mention, ...links }: RenderOptions): SlackMessage {
  const mentions = 'mention' in notice && notice.mention
  const { footer, ...draft } = draftOf(notice, links)
  const seen = links.see ? `${footer} · ${link(links.see, 'its message before')}` : footer
  const message = layOut({ ...draft, footer: seen }, mentions ? mention : undefined)
  return isBrief(notice) ? toTheSecond(message) : message
}

function draftOf(notice: Notice, links: Links): Draft {
  switch (notice.type) {
    case 'expiring':
      return draftExpiring(notice, links)
    case 'loss':
      return draftLoss(notice, links)
    case 'reply':
      return draftReply(notice, links)
    case 'summary':
      return draftSummary(notice)
    case 'unknown-age':
      return draftUnknownAge(notice, links)
    case 'digest':
      return draftDigest(notice, links)
    case 'trouble':
      return draftTrouble(notice, links)
  }
}
