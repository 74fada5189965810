import { commandLine } from '../../text/shell.ts'
import { unseen } from '../../text/visible.ts'

/** Longer names are not practical to paste, and do not fit into a message. */
const longestName = 500

/**
 * A command line of offset-watchdog about one group, quoted for a POSIX shell. Null if a name cannot be pasted safely:
 * it contains control characters, or a backtick, which would end Slack's code style.
 */
export function command(
  name: 'lookup' | 'restore' | 'ack',
  group: string,
  cluster: string,
  ...flags: readonly string[]
): string | null {
  if (unseen.test(group) || group.includes('`') || group.length > longestName) return null
  const options = ['--cluster', cluster, ...flags]
  const words = group.startsWith('-') ? [...options, '--', group] : [group, ...options]
  return commandLine(['offset-watchdog', name, ...words])
}
