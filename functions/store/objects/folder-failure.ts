import { Failure } from '../../core/model/failure.ts'
import type { Action } from './object-store.ts'

/** Node's error of a failed system call, such as ENOENT of `open`. */
interface SystemError {
  code: string
  syscall?: string
  message: string
}

// Checks the fields: tests run in their own realm, where Node's errors are no instances of their Error.
const isSystemError = (error: unknown): error is SystemError =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'

export const codeOf = (error: unknown): string | undefined => (isSystemError(error) ? error.code : undefined)

/** Translates a system error for the folder of a store. */
export function failureOf(action: Action, folder: string, error: unknown): Error {
  const [what, remedy] = explain(action, error)
  return new Failure(`cannot ${action} the store ${folder}: ${what}. ${remedy}`, { cause: error })
}

function explain(action: Action, error: unknown): [what: string, remedy: string] {
  if (!isSystemError(error)) return [String(error), 'Set WATCHDOG_STORE to another folder.']

  const { code, syscall, message } = error
  // FAT and some network file systems answer link() with these.
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
