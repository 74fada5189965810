import { expect, test } from '@jest/globals'
import type { SlackMessage } from '../../functions/slack/messages/message.ts'
import { renderAsText } from './terminal.ts'

const message: SlackMessage = {
  text: '🔴 `a_*b*_&amp;&lt;c&gt;` is *gone* <!here>',
  attachments: [
    {
      color: '#e01e5a',
      fallback: '',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: '*Offsets:*\n• one two three four\nSince <!date^1795784579^{date_short_pretty} at {time}|2026-11-27 13:02 UTC>, run:\n```lookup a --cluster b --and more\nand more```',
          },
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'small <https://example.com/a|print>' }] },
      ],
    },
  ],
  metadata: { event_type: 'offset_watchdog', event_payload: {} },
}

test('a message as plain text is wrapped, with local dates and unbroken commands', () => {
  expect(renderAsText(message, { ansi: false, timeZone: 'Europe/Oslo', width: 16 })).toBe(
    [
      '🔴 a_*b*_&<c> is',
      'gone @here',
      '▌ Offsets:',
      '▌ • one two',
      '▌   three four',
      '▌ Since 27 Nov',
      '▌ 14:02, run:',
      '▌     lookup a --cluster b --and more',
      '▌     and more',
      '▌',
      '▌ small print',
    ].join('\n'),
  )
})

test('a message in colours has a bar in the colour of its state', () => {
  const lines = renderAsText(message, { ansi: true, timeZone: 'UTC' }).split('\n')

  expect(lines[0]).toBe('🔴 \x1b[36ma_*b*_&<c>\x1b[0m is \x1b[1mgone\x1b[0m \x1b[1;33m@here\x1b[0m')
  expect(lines[1]).toBe('\x1b[38;2;224;30;90m▌\x1b[0m \x1b[1mOffsets:\x1b[0m')
  expect(lines.at(-1)).toBe('\x1b[38;2;224;30;90m▌\x1b[0m \x1b[2msmall print\x1b[0m')
})
