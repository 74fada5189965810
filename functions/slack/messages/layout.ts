import type { ActionsBlock, ContextBlock, MessageMetadata, SectionBlock } from '@slack/types'

export type MessageBlock = SectionBlock | ContextBlock | ActionsBlock

/**
 * What chat.postMessage and chat.update take. The text is the line that is shown first and the one that a phone
 * notifies; the rest hangs below it in an attachment, since only attachments have a coloured bar.
 */
export interface SlackMessage {
  text: string
  attachments: [{ color: string; fallback: string; blocks: MessageBlock[] }]
  metadata: MessageMetadata
  /** To be uploaded in the message's place, where the app may do that. */
  file?: Attachment
}

export interface Attachment {
  name: string
  content: string
}

/** Colour is state, and nothing here is ever green: at best it is over. */
export type Colour = 'amber' | 'red' | 'grey'

const colours: Record<Colour, { bar: string; mark: string }> = {
  amber: { bar: '#ecb22e', mark: '🟠' },
  red: { bar: '#e01e5a', mark: '🔴' },
  grey: { bar: '#9e9ea6', mark: '⚪' },
}

/** A message before it is laid out, in mrkdwn. */
export interface Draft {
  colour: Colour
  /** One sentence that is enough by itself. */
  headline: string
  /** What matters most comes first: Slack may fold the end of an attachment. Empty ones are left out. */
  sections: string[]
  footer: string
  /** By which a later run finds this message again. */
  key: Record<string, string>
  file?: Attachment
}

export function layOut(
  { colour, headline, sections, footer, key, file }: Draft,
  mention?: string,
  buttons: readonly ActionsBlock[] = [],
): SlackMessage {
  const { bar, mark } = colours[colour]
  const line = `${mark} ${headline}`
  return {
    // The mention comes last, as the first words are all that a lock screen shows.
    text: mention ? `${line} ${mention}` : line,
    attachments: [
      {
        color: bar,
        fallback: line,
        blocks: [
          ...sections.filter(Boolean).map(section),
          ...buttons,
          { type: 'context', elements: [mrkdwn(footer)] },
        ],
      },
    ],
    metadata: { event_type: 'offset_watchdog', event_payload: key },
    ...(file && { file }),
  }
}

const section = (text: string): SectionBlock => ({ type: 'section', text: mrkdwn(text), expand: true })

/** `verbatim`: Slack makes no mention or link of anything that is not written as one. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true })
