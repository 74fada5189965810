import { Failure } from '../../core/model/failure.ts'
import { folderStore } from './folder.ts'
import { gcsStore } from './gcs.ts'
import type { ObjectStore } from './object-store.ts'
import { s3Store } from './s3.ts'

/**
 * The store that WATCHDOG_STORE names: `s3://bucket/prefix`, `gs://bucket/prefix`, or a folder, absolute or relative to
 * the working directory. Sends no request yet.
 * @param lock ms during which snapshots cannot be deleted from an S3 bucket
 * @throws Failure (exit code 2) for any other scheme, and for a lock on any other store
 */
export function openStore(location: string, lock?: number): ObjectStore {
  if (location.startsWith('s3://')) return s3Store(location, lock)
  const isGcs = location.startsWith('gs://')
  if (!isGcs && /^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new Failure(
      `the store ${location} is not supported. Set WATCHDOG_STORE to a folder, s3://bucket/prefix or gs://bucket/prefix.`,
      { exitCode: 2 },
    )
  }
  if (lock === undefined) return isGcs ? gcsStore(location) : folderStore(location)
  throw new Failure(
    `the store ${location} cannot be locked: only an S3 bucket can. Unset WATCHDOG_STORE_LOCK, ` +
      'or set WATCHDOG_STORE to s3://bucket/prefix.',
    { exitCode: 2 },
  )
}
