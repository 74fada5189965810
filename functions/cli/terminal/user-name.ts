import { userInfo } from 'node:os'
import type { Person } from '../../core/model/person.ts'

/** The name of the user of this process. The user of a container may have a number and no name. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

/** The user of this process, as actions name somebody. */
export const personAtTerminal = (): Person => ({ id: null, name: userName(), team: null })
