import type { TextObject } from '@slack/types'
import type { MessageBlock } from '../../../functions/slack/messages/layout.ts'
import type { SlackMessage } from '../../../functions/slack/messages/message.ts'

/**
 * Slack's documented limits for chat.postMessage, chat.update and Block Kit. An undocumented one is about 13,200
 * characters for all blocks together (slackapi/bolt-js#2509); here the JSON is counted, which is the strictest way.
 * @returns the violations: parts that Slack would refuse or render differently, with Slack's error and the place
 */
export function violations({ text, attachments, metadata }: SlackMessage): Violation[] {
  const blocks = attachments.flatMap(attachment => attachment.blocks)
  return [
    ...check(text.length >= 1, 'no_text', '/text'),
    ...check(text.length <= 4_000, 'msg_too_long', '/text'),
    ...check(isMrkdwn(text), 'invalid_mrkdwn', '/text'),
    ...check(attachments.length <= 100, 'too_many_attachments', '/attachments'),
    ...check(JSON.stringify(blocks).length <= 13_200, 'msg_blocks_too_long', '/attachments'),
    ...check(JSON.stringify(metadata.event_payload ?? {}).length <= 8_000, 'metadata_too_large', '/metadata'),
    ...attachments.flatMap((attachment, i) => [
      ...check(attachment.blocks.length <= 50, 'invalid_attachments', `/attachments/${i}/blocks`),
      ...attachment.blocks.flatMap((block, j) => ofBlock(block, `/attachments/${i}/blocks/${j}`)),
    ]),
  ]
}

export interface Violation {
  error: string
  /** JSON pointer into the message. */
  at: string
}

const check = (holds: boolean, error: string, at: string): Violation[] => (holds ? [] : [{ error, at }])

function ofBlock(block: MessageBlock, at: string): Violation[] {
  switch (block.type) {
    case 'section':
      return [
        ...check(block.text !== undefined || block.fields !== undefined, 'invalid_attachments', at),
        ...check((block.fields?.length ?? 0) <= 10, 'invalid_attachments', `${at}/fields`),
        ...(block.text ? ofText(block.text, 3_000, `${at}/text`) : []),
        ...(block.fields ?? []).flatMap((field, i) => ofText(field, 2_000, `${at}/fields/${i}`)),
      ]
    case 'actions':
      return [
        ...check(block.elements.length >= 1 && block.elements.length <= 25, 'invalid_attachments', at),
        ...block.elements.flatMap((element, i) => {
          if (element.type === 'button')
            return check((element.value?.length ?? 0) <= 2_000, 'invalid_attachments', `${at}/elements/${i}`)
          if (element.type !== 'overflow')
            return [{ error: 'invalid_attachments', at: `${at}/elements/${i}` }]
          return element.options.flatMap(option =>
            check((option.value?.length ?? 0) <= 150, 'invalid_attachments', `${at}/elements/${i}`),
          )
        }),
      ]
    case 'context':
      return [
        ...check(block.elements.length >= 1 && block.elements.length <= 10, 'invalid_attachments', at),
        ...block.elements.flatMap((element, i) =>
          element.type === 'image' ? [] : ofText(element, 3_000, `${at}/elements/${i}`),
        ),
      ]
  }
}

const ofText = ({ type, text }: TextObject, longest: number, at: string): Violation[] => [
  ...check(text.length >= 1 && text.length <= longest, 'invalid_attachments', at),
  ...check(type === 'plain_text' || isMrkdwn(text), 'invalid_mrkdwn', at),
]

/** A date, a link with a label, or a mention of a person, a channel, a group or everyone. */
const mark =
  /<!date\^\d+\^[^|<>]+\|[^<>]+>|<https?:\/\/[^|<>]+\|[^<>]+>|<(@[UW]|#C|!subteam\^S)[A-Z0-9]+>|<!(here|channel|everyone)>/g

/**
 * True if angle brackets contain only marks, and `&` begins only the three entities. Slack does not refuse other text,
 * but shows it differently or mentions people, so this server is stricter.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const isMrkdwn = (text: string): boolean => !/[<>]|&(?!(amp|lt|gt);)/.test(text.replaceAll(mark, ''))
