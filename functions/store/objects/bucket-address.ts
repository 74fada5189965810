import { Failure } from '../../core/model/failure.ts'

/**
 * The bucket of a store such as `s3://bucket/prefix`, and the beginning of all its keys.
 * @param name the form of a bucket's name
 * @throws Failure (exit code 2)
 */
export function bucketAddress(
  location: string,
  scheme: 's3' | 'gs',
  name: RegExp,
): { bucket: string; base: string } {
  const form = new RegExp(`^${scheme}://([^/]+)(?:/([\\w!.*'()/=-]*?)/?)?$`)
  const [, bucket = '', prefix = ''] = form.exec(location) ?? []
  if (name.test(bucket)) return { bucket, base: prefix && `${prefix}/` }
  throw new Failure(
    `the store ${location} names no bucket: set WATCHDOG_STORE to ${scheme}://bucket or ${scheme}://bucket/prefix.`,
    { exitCode: 2 },
  )
}
