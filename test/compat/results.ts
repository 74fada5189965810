import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Story } from './story.ts'

/** What came of the last tries, one file a target; each part is tried and kept by itself. */
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

/** Keeps the part that was not tried now. */
export function writeResult(name: string, part: Result): void {
  writeFileSync(fileOf(name), `${JSON.stringify({ ...readResult(name), ...part }, null, 2)}\n`)
}
