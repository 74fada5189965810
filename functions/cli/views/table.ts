import { stripVTControlCharacters } from 'node:util'
import { eastAsianWidth } from 'get-east-asian-width'

const between = '  '
/** Of a row's further lines. */
const indent = '    '

/**
 * Rows under their headings; each column is as wide as its widest cell, by what a terminal shows of it. Where a row is
 * wider than the terminal, its last columns go below the first ones: nothing is cut, and names stay whole.
 *
 * @param room columns of the terminal; where the output goes elsewhere, a row is one line
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

/** Columns that a terminal takes for a text of characters that can be seen. */
function width(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length
  let columns = 0
  for (const character of stripVTControlCharacters(text))
    if (!/\p{Mark}|\p{Default_Ignorable_Code_Point}/u.test(character))
      columns += eastAsianWidth(character.codePointAt(0) ?? 0)
  return columns
}

/** The columns with which a line begins. */
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
