import { defaultProvider } from './s3-sdk.ts'

type Search = ReturnType<typeof defaultProvider>
type Credentials = Awaited<ReturnType<Search>>

/** The credentials of this process, as the AWS SDK finds them. */
export function s3Credentials() {
  let search: Search = defaultProvider()
  return {
    find: () => search(),

    /**
     * True if there are other credentials than those that S3 has refused: a person who logs in again, or a tool, writes
     * new ones into a file. The SDK reads each file once, and here once more.
     */
    async areOtherThan(refused: Credentials): Promise<boolean> {
      if (!isSame(await search(), refused)) return true
      search = defaultProvider({ ignoreCache: true })
      return !isSame(await search(), refused)
    },
  }
}

const isSame = (one: Credentials, other: Credentials): boolean =>
  one.accessKeyId === other.accessKeyId &&
  one.secretAccessKey === other.secretAccessKey &&
  one.sessionToken === other.sessionToken
