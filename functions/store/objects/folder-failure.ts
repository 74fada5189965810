import { Failure } from '../../core/model/failure.ts'
import { Conflict } from '../../jobs/ports.ts'
import { type Action, AlreadyExists, TooLarge } from './object-store.ts'

/** What Node says of a failed system call, such as ENOENT of `open`. */
interface SystemError {
  code: string
  syscall?: string
  message: string
}

// By its fields: where tests run in a realm of their own, Node's errors are no instance of the Error they know.
const isSystemError = (error: unknown): error is SystemError =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'

export const codeOf = (error: unknown): string | undefined => (isSystemError(error) ? error.code : undefined)

/** What a system error means for the folder of a store; the store's own answers pass as they are. */
export function failureOf(action: Action, folder: string, error: unknown): Error {
  if (error instanceof AlreadyExists || error instanceof TooLarge || error instanceof Conflict) return error
  const [what, remedy] = explain(action, error)
  return new Failure(`cannot ${action} the store ${folder}: ${what}. ${remedy}`, { cause: error })
}

function explain(action: Action, error: unknown): [what: string, remedy: string] {
  if (!isSystemError(error)) return [String(error), 'Set WATCHDOG_STORE to another folder.']

  const { code, syscall, message } = error
  // FAT and some network file systems answer link() so.
  if (syscall === 'link' && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
    return ['its file system has no hard links', 'Set WATCHDOG_STORE to a folder on a local disk.']
  }

  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return [
        `this user may not ${action} there`,
        'Grant that right, or set WATCHDOG_STORE to another folder.',
      ]
    case 'EROFS':
      return ['its file system is read-only', 'Set WATCHDOG_STORE to a folder that can be written.']
    case 'ENOSPC':
    case 'EDQUOT':
      return ['the disk is full', 'Free some space: `offset-watchdog prune` removes old snapshots.']
    case 'ENOTDIR':
    case 'EEXIST':
      return ['it is not a folder', 'Set WATCHDOG_STORE to a folder.']
    default:
      return [message, 'Check that folder, or set WATCHDOG_STORE to another.']
  }
}
