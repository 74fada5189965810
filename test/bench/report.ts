import { table } from '../../functions/cli/views/table.ts'
import type { Usage } from './processes.ts'

export const count = (n: number): string => n.toLocaleString('en')

export const showUsages = (usages: readonly Usage[]): void =>
  console.log(
    table(
      ['medians of whole processes', 'wall s', ' CPU s', 'peak MiB'],
      usages.map(({ name, wall, cpu, peak }) => [
        name,
        wall.toFixed(2).padStart(6),
        cpu.toFixed(2).padStart(6),
        peak.toFixed(0).padStart(8),
      ]),
    ),
  )

export interface Bar {
  what: string
  measured: number
  /** Upper limit of the measured value. */
  bar: number
  digits?: number
}

export const showBars = (bars: readonly Bar[]): void =>
  console.log(
    table(
      ['', 'measured', 'at most', ''],
      bars.map(({ what, measured, bar, digits = 2 }) => [
        what,
        measured.toFixed(digits).padStart(8),
        bar.toFixed(digits).padStart(7),
        measured <= bar ? 'met' : 'missed',
      ]),
    ),
  )
