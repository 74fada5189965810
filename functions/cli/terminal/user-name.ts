import { userInfo } from 'node:os'
import type { Person } from '../../core/model/person.ts'

/** The name of this process's user. In a container the user may have a number and no name. */
export function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

export const personAtTerminal = (): Person => ({ id: null, name: userName(), team: null })
