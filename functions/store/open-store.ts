import { Failure } from '../core/failure.ts'
import { folderStore } from './folder.ts'
import type { ObjectStore } from './object-store.ts'

/**
 * The store that WATCHDOG_STORE names: a folder, absolute or relative to where the process runs. Nothing is touched yet.
 *
 * @throws Failure (exit code 2) for `s3://` and every other scheme.
 */
export function openStore(location: string): ObjectStore {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new Failure(
      `the store ${location} is not supported by this version. Set WATCHDOG_STORE to a folder.`,
      { exitCode: 2 },
    )
  }
  return folderStore(location)
}
