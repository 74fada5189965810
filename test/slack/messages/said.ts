import type { Notice } from '../../../functions/core/alerts/notice.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { renderAsText } from '../terminal.ts'

/** The text that a reader in UTC sees, each section on one line. */
export const said = (notice: Notice): string =>
  renderAsText(render(notice, { mention: '<!here>' }), { ansi: false, timeZone: 'UTC', width: 10_000 })

export const headline = (notice: Notice): string => said(notice).split('\n')[0] ?? ''
export const colour = (notice: Notice): string | undefined =>
  ({ '#ecb22e': 'amber', '#e01e5a': 'red', '#9e9ea6': 'grey' })[
    render(notice, { mention: undefined }).attachments[0].color
  ]
