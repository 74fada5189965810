/** The words of the terminal: times, lengths of time, counts, and other people's text made safe. */

/** What steers a terminal, or a reader's eye, instead of showing: controls, bidirectional overrides, lone surrogates. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

/** Every character to be seen: an escape as `\u{1b}`, so that a name can neither colour nor clear the screen. */
export const visible = (text: string): string =>
  text.replace(unseen, character => `\\u{${character.codePointAt(0)?.toString(16)}}`)

/** A name in a column; the middle of a long one is cut. `--json` has all of it. */
export function name(text: string, longest = 60): string {
  const characters = Array.from(visible(text))
  if (characters.length === 0) return '(empty)'
  if (characters.length <= longest) return characters.join('')

  const head = Math.ceil((longest - 1) / 2)
  return [...characters.slice(0, head), '…', ...characters.slice(head + 1 - longest)].join('')
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** The two largest units, rounded down: `2 d 4 h`. @param ms at least 0 */
export function span(ms: number): string {
  const first = units.findIndex(([, length]) => ms >= length)
  if (first < 0) return '0 s'
  if (ms > 1000 * 86_400_000) return 'years'

  const [[large, length], small] = [units[first] ?? units[0], units[first + 1]]
  const rest = small ? Math.floor((ms % length) / small[1]) : 0
  return `${Math.floor(ms / length)} ${large}${small && rest > 0 ? ` ${rest} ${small[0]}` : ''}`
}

const furthest = Date.UTC(9999, 11, 31)

/** `Tue 24 Nov 16:00` in UTC, with seconds where they count, and with its year where that is another one than now. */
export function date(time: number, now: number, { seconds = false } = {}): string {
  const at = new Date(Math.min(time, furthest))
  const [weekday, day, month, year, clock = ''] = at.toUTCString().replace(',', '').split(' ')
  const isThisYear = at.getUTCFullYear() === new Date(now).getUTCFullYear()
  return `${weekday} ${Number(day)} ${month} ${isThisYear ? '' : `${year} `}${clock.slice(0, seconds ? 8 : 5)}`
}

/** `1 record`, `12,345 records` */
export const count = (n: bigint | number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${Number(n) === 1 ? '' : 's'}`
