import width from 'string-width'

/** Rows under their headings; each column is as wide as its widest cell, by what a terminal shows of it. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows]
  const widths = headings.map((_, column) =>
    lines.reduce((widest, cells) => Math.max(widest, width(cells[column] ?? '')), 0),
  )
  const padded = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - width(cell))
  return lines.map(cells => cells.map(padded).join('  ').trimEnd()).join('\n')
}
