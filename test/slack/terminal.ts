import { stripVTControlCharacters } from 'node:util'
import type { MessageBlock } from '../../functions/slack/messages/layout.ts'
import type { SlackMessage } from '../../functions/slack/messages/message.ts'

export interface TerminalStyle {
  /** ANSI colours and weights; without them plain text. */
  ansi: boolean
  /** IANA name. The default is the machine's zone, since Slack shows each reader's own. */
  timeZone?: string
  /** Shows seconds, for events within a few of Slack's minutes. */
  seconds?: boolean
  /** Columns, including the bar. */
  width?: number
}

/** A message in a terminal, laid out like Slack's: the first line, and the rest beside a bar in the state's colour. */
export function renderAsText(
  {
    text,
    attachments,
  }: Pick<SlackMessage, 'text'> & { attachments: readonly SlackMessage['attachments'][number][] },
  style: TerminalStyle,
): string {
  const width = style.width ?? 100
  const below = attachments.flatMap(({ color, blocks }) => {
    const bar = style.ansi ? `\x1b[${rgb(color)}m▌\x1b[0m` : '▌'
    return blocks.flatMap((block, i) => {
      const lines = wordsOf(block).flatMap(words => laid(words, width - 2, style))
      const dim = block.type === 'context' && style.ansi
      return [...(i > 0 ? [bar] : []), ...lines.map(line => `${bar} ${dim ? `\x1b[2m${line}\x1b[0m` : line}`)]
    })
  })
  return [...laid(text, width, style), ...below].join('\n')
}

const rgb = (color: string): string =>
  `38;2;${[1, 3, 5].map(at => Number.parseInt(color.slice(at, at + 2), 16)).join(';')}`

function wordsOf(block: MessageBlock): string[] {
  switch (block.type) {
    case 'actions':
      return [
        block.elements.map(element => ('text' in element ? `[ ${element.text?.text} ]` : '[ … ]')).join(' '),
      ]
    case 'section':
      return [...(block.text ? [block.text.text] : []), ...(block.fields ?? []).map(({ text }) => text)]
    case 'context':
      return block.elements.flatMap(element => (element.type === 'image' ? [] : [element.text]))
  }
}

/** Lines of at most `width` columns. Continuation lines of a bullet have its indent. */
function laid(mrkdwn: string, width: number, style: TerminalStyle): string[] {
  return mrkdwn
    .replace(/\n?```([\s\S]*?)```/g, (_, block: string) => `\n${block.trim().replace(/^/gm, '    ')}`)
    .trimEnd()
    .split('\n')
    .flatMap(line => (line.startsWith('    ') ? [styled(line, style)] : wrapped(styled(line, style), width)))
}

const columns = (text: string): number => Array.from(stripVTControlCharacters(text)).length

function wrapped(line: string, width: number): string[] {
  const indent = line.startsWith('• ') ? '  ' : ''
  const lines: string[] = []
  let current = ''
  for (const word of line.split(' ')) {
    if (current !== '' && columns(current) + 1 + columns(word) > width) {
      lines.push(current)
      current = indent + word
    } else current = current === '' ? word : `${current} ${word}`
  }
  return [...lines, current]
}

/** Renders the part of Slack's markup that messages use. https://docs.slack.dev/messaging/formatting-message-text */
function styled(line: string, style: TerminalStyle): string {
  const { ansi } = style
  const [bold, code, mention] = ansi ? ['\x1b[1m', '\x1b[36m', '\x1b[1;33m'] : ['', '', '']
  const end = ansi ? '\x1b[0m' : ''
  return line
    .split(/(`[^`]*`)/)
    .map(part =>
      part.startsWith('`')
        ? `${code}${part.slice(1, -1)}${end}`
        : part
            .replace(/<!date\^(\d+)\^[^|>]*\|[^>]*>/g, (_, seconds: string) => at(Number(seconds), style))
            .replace(/<(https?:[^|>]+)(?:\|([^>]*))?>/g, (_, url: string, words = url) => words)
            .replace(/<([!@#][^>]*)>/g, (_, name: string) => `${mention}@${name.replace(/^[!@#]/, '')}${end}`)
            .replace(/\*([^*\n]+)\*/g, `${bold}$1${end}`)
            .replaceAll(':warning:', '⚠'),
    )
    .join('')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

const at = (time: number, { timeZone, seconds }: TerminalStyle): string =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' } : {}),
    ...(timeZone ? { timeZone } : {}),
  })
    .format(time * 1000)
    .replace(',', '')
