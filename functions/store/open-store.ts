import { Failure } from '../core/failure.ts'
import { folderStore } from './folder.ts'
import type { ObjectStore } from './object-store.ts'
import { s3Store } from './s3.ts'

/**
 * The store that WATCHDOG_STORE names: a bucket as `s3://bucket/prefix`, or a folder, absolute or relative to where the
 * process runs. Nothing is touched yet.
 *
 * @throws Failure (exit code 2) for every other scheme.
 */
export function openStore(location: string): ObjectStore {
  if (location.startsWith('s3://')) return s3Store(location)
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) {
    throw new Failure(
      `the store ${location} is not supported. Set WATCHDOG_STORE to a folder or to s3://bucket/prefix.`,
      { exitCode: 2 },
    )
  }
  return folderStore(location)
}
