import { hasUnseen } from './text.ts'

/** Longer ones are nothing to paste, and would not fit into a message. */
const longestName = 500

/**
 * A command line of offset-watchdog about one group, quoted for a POSIX shell; null where a name cannot be pasted
 * safely: it holds control characters, or a backtick, which would end Slack's code style.
 */
export function command(name: 'lookup' | 'ack', group: string, cluster: string): string | null {
  if (hasUnseen(group) || group.includes('`') || group.length > longestName) return null
  const of = `--cluster ${quoted(cluster)}`
  const words = group.startsWith('-') ? `${of} -- ${quoted(group)}` : `${quoted(group)} ${of}`
  return `offset-watchdog ${name} ${words}`
}

/** POSIX.1-2024, 2.2.2: between single quotes every character stands for itself, but for the single quote. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
