import { stripVTControlCharacters } from 'node:util'
import { eastAsianWidth } from 'get-east-asian-width'

const between = '  '
/** Indent of a row's second and later lines. */
const indent = '    '

/**
 * Each column is as wide as its widest cell on a terminal. If a row is wider than the terminal, its last columns go
 * below the first ones: nothing is cut, and names stay whole.
 * @param room columns of the terminal; if the output goes elsewhere, a row is one line
 */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  room = process.stdout.isTTY ? process.stdout.columns : Infinity,
): string {
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, width(cells[column] ?? '')), 0),
  )
  const padded = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - width(cell))
  const breaks = breaksOf(widths, room)

  return lines
    .map(cells => cells.map(padded))
    .map(cells =>
      breaks.map((from, i) =>
        cells
          .slice(from, breaks[i + 1])
          .join(between)
          .trimEnd(),
      ),
    )
    .map(parts => parts.filter((part, i) => part !== '' || i === 0).join(`\n${indent}`))
    .join('\n')
}

/** The number of terminal columns of a text. */
function width(text: string): number {
  // ASCII, and signs of this program. The classes of Unicode below take 8 ms to compile.
  if (/^[ -~·–…’→≤≥]*$/.test(text)) return text.length
  let columns = 0
  for (const character of stripVTControlCharacters(text))
    if (!/\p{Mark}|\p{Default_Ignorable_Code_Point}/u.test(character))
      columns += eastAsianWidth(character.codePointAt(0) ?? 0)
  return columns
}

/** The first column of each line of a row. */
function breaksOf(widths: readonly number[], room: number): number[] {
  const breaks = [0]
  let end = -between.length
  for (const [column, wide] of widths.entries()) {
    end += between.length + wide
    if (end <= room || column === breaks.at(-1)) continue
    breaks.push(column)
    end = indent.length + wide
  }
  return breaks
}
