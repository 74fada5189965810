import type { Notice } from '../core/notice.ts'
import { draftExpiring } from './expiring.ts'
import { type Draft, layOut, type SlackMessage } from './layout.ts'
import { draftLoss } from './loss.ts'
import { draftUnknownAge } from './unknown-age.ts'

export type { SlackMessage } from './layout.ts'

/**
 * A notice as Slack shows it, within Slack's limits whatever names and numbers it holds.
 * @param mention as Slack writes it, such as `<!here>`; used where the notice asks for one
 */
export function render(notice: Notice, { mention }: { mention: string | undefined }): SlackMessage {
  const mentions = notice.type !== 'unknown-age' && notice.mention
  return layOut(draftOf(notice), mentions ? mention : undefined)
}

function draftOf(notice: Notice): Draft {
  switch (notice.type) {
    case 'expiring':
      return draftExpiring(notice)
    case 'loss':
      return draftLoss(notice)
    case 'unknown-age':
      return draftUnknownAge(notice)
  }
}
