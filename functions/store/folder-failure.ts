import { Failure } from '../core/failure.ts'
import { AlreadyExists, Conflict } from './object-store.ts'

export type Action = 'read' | 'write'

/** The code of a system error, such as ENOENT. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** What a system error means for the folder of a store; the store's own answers pass as they are. */
export function failureOf(action: Action, folder: string, error: unknown): Error {
  if (error instanceof AlreadyExists || error instanceof Conflict) return error
  const [what, remedy] = explain(action, error)
  return new Failure(`cannot ${action} the store ${folder}: ${what}. ${remedy}`, { cause: error })
}

function explain(action: Action, error: unknown): [what: string, remedy: string] {
  const code = codeOf(error) ?? ''
  // FAT and some network file systems answer link() so.
  const isLink = error instanceof Error && 'syscall' in error && error.syscall === 'link'
  if (isLink && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
    return ['its file system has no hard links', 'Set WATCHDOG_STORE to a folder on a local disk.']
  }

  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return [
        `this user may not ${action} there`,
        `Grant that right, or set WATCHDOG_STORE to another folder.`,
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
      return [
        error instanceof Error ? error.message : String(error),
        'Check that folder, or set WATCHDOG_STORE to another.',
      ]
  }
}
