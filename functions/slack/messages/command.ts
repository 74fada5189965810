import { commandLine } from '../../text/shell.ts'
import { unseen } from '../../text/visible.ts'
import { pasted } from './text.ts'

/** Longer names are not practical to paste, and do not fit into a message. */
const LONGEST_NAME = 500

/**
 * A command line of offset-watchdog about one group, quoted for a POSIX shell. Null if the group's name cannot be pasted.
 */
export function command(
  name: 'lookup' | 'restore' | 'ack',
  group: string,
  cluster: string,
  ...flags: readonly string[]
): string | null {
  if (!isPasteable(group, LONGEST_NAME)) return null
  const options = ['--cluster', cluster, ...flags]
  const words = group.startsWith('-') ? [...options, '--', group] : [group, ...options]
  return commandLine(['offset-watchdog', name, ...words])
}

/** False for names with control characters, or with a backtick, which would end Slack's code style. */
export const isPasteable = (name: string, longest: number): boolean =>
  !unseen.test(name) && !name.includes('`') && name.length <= longest

/** The command that lists everything that the watchdog reports about a cluster, in a block to copy. */
export const statusCommand = (cluster: string): string =>
  pasted(commandLine(['offset-watchdog', 'status', '--cluster', cluster]))
