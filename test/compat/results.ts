import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Story } from './story.ts'

/** The last results, one file for each target. Each part is tried and kept separately. */
export interface Result {
  story?: Story & { on: string }
  rules?: { on: string; partitions: number; failed: string[] }
}

const fileOf = (name: string): string => fileURLToPath(new URL(`results/${name}.json`, import.meta.url))

export function readResult(name: string): Result {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    throw error
  }
}

/** Writes a result, and keeps the part that was not tried now. */
export function writeResult(name: string, part: Result): void {
  writeFileSync(fileOf(name), `${JSON.stringify({ ...readResult(name), ...part }, null, 2)}\n`)
}
