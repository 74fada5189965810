import { Failure } from '../../core/model/failure.ts'
import { folderStore } from './folder.ts'
import type { ObjectStore } from './object-store.ts'
import { s3Store } from './s3.ts'

/**
 * The store that WATCHDOG_STORE names: a bucket as `s3://bucket/prefix`, or a folder, absolute or relative to where the
 * process runs. Nothing is touched yet.
 *
 * @param lock ms for which snapshots cannot be deleted from a bucket
 * @throws Failure (exit code 2) for every other scheme, and for a folder that shall be locked.
 */
export function openStore(location: string, lock?: number): ObjectStore {
  if (location.startsWith('s3://')) return s3Store(location, lock)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new Failure(
      `the store ${location} is not supported. Set WATCHDOG_STORE to a folder or to s3://bucket/prefix.`,
      { exitCode: 2 },
    )
  }
  if (lock === undefined) return folderStore(location)
  throw new Failure(
    `the store ${location} is a folder, which cannot be locked. Unset WATCHDOG_STORE_LOCK, or set WATCHDOG_STORE to ` +
      's3://bucket/prefix.',
    { exitCode: 2 },
  )
}
