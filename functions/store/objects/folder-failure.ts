import { codeOf, Failure, property } from '../../core/model/failure.ts'
import type { Action } from './object-store.ts'

/** Translates a system error for the folder of a store. */
export function failureOf(action: Action, folder: string, error: unknown): Error {
  const [what, remedy] = explain(action, error)
  return new Failure(`cannot ${action} the store ${folder}: ${what}. ${remedy}`, { cause: error })
}

function explain(action: Action, error: unknown): [what: string, remedy: string] {
  const code = codeOf(error)
  if (code === undefined) return [String(error), 'Set WATCHDOG_STORE to another folder.']

  // FAT and some network file systems answer link() with these errors.
  if (property(error, 'syscall') === 'link' && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) {
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
      return [String(property(error, 'message')), 'Check that folder, or set WATCHDOG_STORE to another.']
  }
}
