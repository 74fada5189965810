import { iso } from '../core/time.ts'

/** An ignore rule as the settings take it: a text that JSON quotes is one that YAML reads. @param until ms since the epoch */
export const yamlOfRule = ({
  pattern,
  reason,
  until,
}: {
  pattern: string
  reason: string
  until: number
}): string =>
  `- { pattern: ${JSON.stringify(pattern)}, reason: ${JSON.stringify(reason)}, until: ${iso(until).slice(0, 10)} }`
