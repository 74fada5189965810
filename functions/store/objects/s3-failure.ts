import { Failure } from '../../core/model/failure.ts'
import type { Action } from './object-store.ts'

/** S3 refused a request. */
export class S3Error extends Error {
  readonly status: number
  readonly attempts: number
  readonly region: string | undefined

  /**
   * @param name S3's own name of the error, such as NoSuchKey.
   *   https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
   * @param attempts number of times the request was sent
   * @param region the bucket's region, in answers to a request that was signed for another region
   */
  constructor(name: string, message: string, status: number, attempts: number, region: string | undefined) {
    super(message)
    this.name = name
    this.status = status
    this.attempts = attempts
    this.region = region
  }
}

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
}

/** An error of S3, of the network (with a code), or of the AWS SDK's search for credentials. */
interface RequestError {
  name: string
  message: string
  code?: string
}

// Checks the fields: tests run in their own realm, where Node's errors are no instances of their Error.
const isRequestError = (error: unknown): error is RequestError =>
  typeof error === 'object' && error !== null && 'name' in error && typeof error.name === 'string'

export const nameOf = (error: unknown): string | undefined => (isRequestError(error) ? error.name : undefined)

/** Number of times the request was sent; 1 if unknown. */
export const attemptsOf = (error: unknown): number => (error instanceof S3Error ? error.attempts : 1)

export const statusOf = (error: unknown): number | undefined =>
  error instanceof S3Error ? error.status : undefined

/** Translates a failed request for the store. */
export function s3FailureOf(action: Action, location: string, error: unknown): Error {
  const [what, remedy] = isRequestError(error)
    ? explain(action, error)
    : [String(error), 'Run the command again.']
  return new Failure(`cannot ${action} the store ${location}: ${what}. ${remedy}`, { cause: error })
}

function explain(action: Action, error: RequestError): [what: string, remedy: string] {
  const status = statusOf(error)
  switch (error.name) {
    case 'NoSuchBucket':
      return ['there is no such bucket', 'Correct WATCHDOG_STORE, or create the bucket.']
    case 'AccessDenied':
    case 'AllAccessDisabled':
    case 'Forbidden':
      return ['these credentials lack a right', `Grant ${rights[action]} on the bucket and its objects.`]
    case 'PermanentRedirect':
    case 'TemporaryRedirect':
    case 'AuthorizationHeaderMalformed':
    case 'IllegalLocationConstraintException': {
      const region = error instanceof S3Error && error.region
      return [
        `the bucket is in ${region ? `the region ${region}` : 'another region'}`,
        'Set AWS_REGION to the region of the bucket.',
      ]
    }
    case 'CredentialsProviderError':
      return [
        'no AWS credentials were found',
        'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      ]
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'TokenRefreshRequired':
      return ['the AWS credentials have expired', 'Log in again.']
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
      return ['the AWS credentials are wrong', 'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.']
  }

  if (/object ?lock/i.test(error.message)) {
    return [
      'the bucket has no Object Lock',
      'Enable Object Lock on the bucket, or unset WATCHDOG_STORE_LOCK (storeLock).',
    ]
  }
  if (/region is missing/i.test(error.message))
    return ['no region is set', 'Set AWS_REGION to the region of the bucket.']
  if (status !== undefined && (status === 429 || status >= 500)) {
    return [`S3 answered ${status} again and again`, 'The next run tries again.']
  }
  if (status === undefined && (error.code || error.name === 'TimeoutError')) {
    return [
      `S3 is out of reach (${error.code ?? error.message})`,
      'Check the network, and AWS_ENDPOINT_URL_S3 if it is set.',
    ]
  }
  return [`S3 answered ${error.name}: ${error.message}`.replace(/\.$/, ''), 'Check WATCHDOG_STORE.']
}

const rights: Record<Action, string> = {
  read: 's3:GetObject and s3:ListBucket',
  write:
    's3:PutObject, s3:PutObjectTagging, s3:GetObject, s3:GetObjectTagging and, with storeLock, s3:PutObjectRetention',
}
