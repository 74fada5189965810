import { expect } from '@jest/globals'
import type { Deployment } from './deployment.ts'

/**
 * Runs each function of a stack once as a second stack, below a prefix of the same bucket.
 * @throws if one of the stacks changes the other one's objects
 */
export async function shareBucket(aws: Deployment, bucket: string, prefix: string): Promise<void> {
  const keysOf = async () => {
    const isTheirs = (key: string) => key.startsWith(`${prefix}/`)
    const keys = await aws.keys(bucket)
    return { ours: keys.filter(key => !isTheirs(key)), theirs: keys.filter(isTheirs) }
  }
  const storeIs = async (location: string) => {
    for (const name of ['snapshot', 'watch']) await aws.configure(name, { WATCHDOG_STORE: location })
  }
  const before = await keysOf()
  await storeIs(`s3://${bucket}/${prefix}`)
  expect(await aws.invoke('snapshot', { cluster: 'prod' })).toBeUndefined()
  expect(await aws.invoke('watch', { cluster: 'prod' })).toBeUndefined()
  const after = await keysOf()
  expect(after.ours).toEqual(before.ours)
  expect(new Set(after.theirs.map(key => key.slice(prefix.length + 1).split('/')[0]))).toEqual(
    new Set(['alerts', 'manifests', 'snapshots']),
  )

  await storeIs(`s3://${bucket}`)
  expect(await aws.invoke('snapshot', { cluster: 'prod' })).toBeUndefined()
  expect((await keysOf()).theirs).toEqual(after.theirs)
}
