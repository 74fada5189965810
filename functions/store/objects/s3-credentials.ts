import { defaultProvider } from './s3-sdk.ts'

/**
 * The credentials of this process, as the AWS SDK finds them. After S3 has refused them, `searchAgain` lets the SDK read
 * its files once more: a person who logs in again, or a tool, writes new ones into them. The SDK reads each file once.
 */
export function s3Credentials() {
  let search = defaultProvider()
  return {
    find: () => search(),
    searchAgain() {
      search = defaultProvider({ ignoreCache: true })
    },
  }
}
