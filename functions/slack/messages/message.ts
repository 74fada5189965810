import type { Posting } from '../../core/alerts/alert-state.ts'
import type { Notice } from '../../core/alerts/notice.ts'
import { groupPath } from '../../text/page-path.ts'
import { draftBoth } from './both.ts'
import { buttonsOf } from './buttons.ts'
import { draftDigest } from './digest.ts'
import { draftExpiring } from './expiring.ts'
import { type Draft, layOut, type SlackMessage } from './layout.ts'
import { type Links, link } from './links.ts'
import { draftLoss } from './loss.ts'
import { draftNeverCommitted } from './never-committed.ts'
import { draftRecords, draftRecordsLost } from './records.ts'
import { draftReply } from './reply.ts'
import { isBrief, toTheSecond } from './second-precision.ts'
import { draftSilence } from './silence.ts'
import { draftSummary } from './summary.ts'
import { code, escaped } from './text.ts'
import { draftTrouble } from './trouble.ts'
import { draftUnknownAge } from './unknown-age.ts'
import { draftWeek } from './week.ts'

export type { SlackMessage } from './layout.ts'

export interface RenderOptions extends Links {
  /** In Slack's markup, such as `<!here>`; used if the notice asks for a mention. */
  mention: string | undefined
  /** True if clicks are answered. */
  buttons?: boolean | undefined
  /** True if a menu offers to ignore the group. */
  mayIgnore?: boolean | undefined
  /** Set if the message is in the default channel because its own channel refuses it. */
  refused?: Posting['refused'] | null
}

/** Renders a notice for Slack. The result is within Slack's limits, whatever its names and numbers are. */
export function render(
  notice: Notice,
  { mention, refused, buttons = false, mayIgnore = false, ...links }: RenderOptions,
): SlackMessage {
  const mentions = 'mention' in notice && notice.mention
  const { footer, sections, ...draft } = draftOf(notice, links)
  const seen = [
    footer,
    ...(links.related ? [link(links.related, 'Earlier message')] : []),
    ...(links.page ? [link(pageOf(notice, links.page), 'Open the page')] : []),
  ].join(' · ')
  const message = layOut(
    { ...draft, sections: [...sections, refused ? refusal(refused) : ''], footer: seen },
    mentions ? mention : undefined,
    buttons ? buttonsOf(notice, mayIgnore) : [],
  )
  return isBrief(notice) ? toTheSecond(message) : message
}

/** The group's page, or the first screen if a message is about several groups. */
const pageOf = (notice: Notice, page: string): string => {
  const base = page.replace(/\/$/, '')
  return 'incident' in notice ? base + groupPath(notice.cluster, notice.incident.group) : `${base}/`
}

const refusal = ({ channel, why }: NonNullable<Posting['refused']>): string =>
  `:warning: This message belongs in ${code(channel)}, but Slack does not accept it there: ${escaped(why)}`

function draftOf(notice: Notice, links: Links): Draft {
  switch (notice.type) {
    case 'expiring':
      return draftExpiring(notice, links)
    case 'loss':
      return draftLoss(notice, links)
    case 'records':
      return draftRecords(notice, links)
    case 'records-lost':
      return draftRecordsLost(notice, links)
    case 'never-committed':
      return draftNeverCommitted(notice, links)
    case 'both':
      return draftBoth(notice, links)
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
    case 'silence':
      return draftSilence(notice)
    case 'week':
      return draftWeek(notice)
  }
}
