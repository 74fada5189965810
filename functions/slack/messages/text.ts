import { DAY, dateOf, HOUR, inDateRange, MINUTE, YEAR } from '../../core/time.ts'
import { count, grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'

/**
 * Texts in Slack's mrkdwn. Names of groups and topics are untrusted, so they go only through `code` or `visible`.
 * https://docs.slack.dev/messaging/formatting-message-text
 */

/** Slack reads these three characters as markup. Without them a text holds no mention and no link. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/**
 * A name in code style, so that `*`, `_` and `:tada:` have no effect.
 * @param longest characters; the middle is cut
 */
export function code(name: string, longest = 80): string {
  // Slack cannot show a backtick inside code, or code that begins or ends with a space.
  const shown = visible(name).replaceAll('`', 'ˋ').replaceAll(/^ | $/g, '␣')
  return shown === '' ? '(empty name)' : `\`${escaped(cutMiddle(shown, longest))}\``
}

function cutMiddle(text: string, longest: number): string {
  const characters = Array.from(text)
  if (characters.length <= longest) return text

  const head = Math.ceil((longest - 1) / 2)
  return [...characters.slice(0, head), '…', ...characters.slice(head + 1 - longest)].join('')
}

/**
 * A time, which Slack shows in each reader's zone.
 * @param time ms since the epoch
 */
export function date(time: number): string {
  const at = dateOf(time)
  const utc = at.toISOString()
  return `<!date^${Math.floor(at.getTime() / 1000)}^{date_short_pretty} at {time}|${utc.slice(0, 10)} ${utc.slice(11, 16)} UTC>`
}

const units = [
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1000],
] as const

/**
 * The two largest units, rounded down: `2 days 23 hours`; whole years from 1,000 days on.
 * @param ms at least 0
 */
export function duration(ms: number): string {
  if (ms > 1000 * DAY) return count(Math.floor(inDateRange(ms) / YEAR), 'year')
  const first = units.findIndex(([, length]) => ms >= length)
  if (first < 0) return 'less than a second'

  let left = ms
  const parts = units.slice(first, first + 2).map(([unit, length]) => {
    const whole = Math.floor(left / length)
    left -= whole * length
    return whole === 0 ? '' : count(whole, unit)
  })
  return parts.filter(Boolean).join(' ')
}

/** A command line or a file, in a block to copy. */
export const pasted = (text: string): string => `\`\`\`${escaped(text)}\`\`\``

/** Number of characters for the rows of a section. */
export const ROOM = 2_500

/** A row for several groups or incidents. */
export interface SharedRow {
  line: string
  items: number
}

/** As many rows as are readable and fit into a section, then the number of omitted items. */
export function rows(lines: Iterable<string | SharedRow>, total: number): string {
  const shown: string[] = []
  let length = 0
  let things = 0
  for (const row of lines) {
    const { line, items } = typeof row === 'string' ? { line: row, items: 1 } : row
    length += line.length + 3
    if (shown.length === 10 || length > ROOM) break
    shown.push(`• ${line}`)
    things += items
  }
  if (things < total) shown.push(`…and ${grouped(total - things)} more`)
  return shown.join('\n')
}

/**
 * The partitions of an incident, one a line.
 * @param resolved set once the incident is over
 */
export function partitionsAtRisk(lines: readonly string[], resolved: string | null): string {
  if (lines.length === 0) return ''
  const title = lines.length === 1 ? 'Partition' : 'Partitions, most urgent first'
  return `*${resolved ? 'Newest reading' : title}:*\n${rows(lines, lines.length)}`
}
