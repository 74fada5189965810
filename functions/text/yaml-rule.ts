import { iso } from '../core/time.ts'

/**
 * An ignore rule in the form of the settings. YAML can read texts that JSON has quoted.
 * @param until ms since the epoch
 */
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
