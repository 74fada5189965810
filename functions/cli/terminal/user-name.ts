import { userInfo } from 'node:os'

/** The name of the user of this process. The user of a container may have a number and no name. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
