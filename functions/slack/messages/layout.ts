import type { ActionsBlock, ContextBlock, MessageMetadata, SectionBlock } from '@slack/types'

export type MessageBlock = SectionBlock | ContextBlock | ActionsBlock

/**
 * Arguments of chat.postMessage and chat.update. The text is the first line, which a phone also shows as its
 * notification. The rest is in an attachment, because only attachments have a coloured bar.
 */
export interface SlackMessage {
  text: string
  attachments: [{ color: string; fallback: string; blocks: MessageBlock[] }]
  metadata: MessageMetadata
  /** A file that is uploaded in place of the message, if the app has the right to upload. */
  file?: Attachment
}

export interface Attachment {
  name: string
  content: string
}

/** The colour shows the state. Nothing is ever green: the best state is that an incident is over. */
export type Colour = 'amber' | 'red' | 'grey'

const colours: Record<Colour, { bar: string; mark: string }> = {
  amber: { bar: '#ecb22e', mark: '🟠' },
  red: { bar: '#e01e5a', mark: '🔴' },
  grey: { bar: '#9e9ea6', mark: '⚪' },
}

/** A message before it is laid out, in mrkdwn. */
export interface Draft {
  colour: Colour
  /** One sentence that is complete without the sections. */
  headline: string
  /** The most important comes first, because Slack may fold the end of an attachment. Empty sections are left out. */
  sections: string[]
  footer: string
  /** Metadata by which a later run finds this message. */
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
    // The mention comes last, because a lock screen shows only the first words.
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

/** `verbatim`: Slack makes mentions and links only from explicit markup. */
const mrkdwn = (text: string) => ({ type: 'mrkdwn' as const, text, verbatim: true })
