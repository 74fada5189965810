import type { S3Credentials } from './s3-signature.ts'

export interface CredentialSource {
  find(): Promise<S3Credentials>
  /**
   * Lets `find` read the files of the SDK once more, after S3 has refused their credentials: a person who logs in again,
   * or a tool, writes new ones into them. The SDK reads each file once.
   * @returns false if the credentials come from the environment, which does not change
   */
  forget(): boolean
}

/**
 * The credentials of this process, as the AWS SDK finds them: without a profile, the environment comes first. The SDK's
 * search takes 20 ms to load.
 */
export function s3Credentials(): CredentialSource {
  let search: (() => Promise<S3Credentials>) | undefined
  let ignoreCache = false
  return {
    async find() {
      const found = ofEnvironment()
      if (found) return found
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
      search ??= defaultProvider({ ignoreCache })
      return search()
    },
    forget() {
      if (ofEnvironment()) return false
      search = undefined
      ignoreCache = true
      return true
    },
  }
}

function ofEnvironment(): S3Credentials | undefined {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env
  if (AWS_PROFILE || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  }
}
