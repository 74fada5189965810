import { Failure } from '../../../core/model/failure.ts'
import type { AwsIamSettings } from '../../../core/model/settings.ts'
import { renewed } from './token.ts'

export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  /** ms since the epoch; infinite if unknown. */
  expiresAt: number
}

/** @throws Failure, one sentence with its remedy */
export const awsCredentials = (settings: AwsIamSettings): (() => Promise<AwsCredentials>) => {
  const { region, role } = settings
  return role ? renewed(() => assumed(role, region)) : ownCredentials()
}

/** This process's own credentials: its environment, a profile, SSO, or the role of a container or Lambda function. */
function ownCredentials(): () => Promise<AwsCredentials> {
  let provider: (() => Promise<AwsIdentity>) | undefined
  return async () => {
    const { defaultProvider } = await import('./aws-sdk.ts')
    provider ??= defaultProvider()
    const identity = await provider().catch((cause: unknown) => {
      throw new Failure(
        `cannot sign in to Kafka: there are no AWS credentials (${messageOf(cause)}). Give this process a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
        { cause },
      )
    })
    const { expiresAt, ...credentials } = lasting(identity)
    if (expiresAt > Date.now()) return { ...credentials, expiresAt }
    throw new Failure(
      `cannot sign in to Kafka: the AWS credentials of this process expired on ${new Date(expiresAt).toISOString()}. Renew them.`,
    )
  }
}

interface AwsIdentity {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
  expiration?: Date | undefined
}

const lasting = ({ expiration, ...credentials }: AwsIdentity): AwsCredentials => ({
  ...credentials,
  expiresAt: expiration?.getTime() ?? Number.POSITIVE_INFINITY,
})

type Role = NonNullable<AwsIamSettings['role']>

async function assumed({ arn, externalId, sessionName }: Role, region: string): Promise<AwsCredentials> {
  const { AssumeRoleCommand, STSClient } = await import('./aws-sdk.ts')
  const client = new STSClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true },
  })
  const request = { RoleArn: arn, RoleSessionName: sessionName, ExternalId: externalId }
  const { Credentials: given } = await client
    .send(new AssumeRoleCommand(request))
    .catch((cause: unknown) => {
      throw notAssumed(arn, cause)
    })
    .finally(() => client.destroy())
  const {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  } = given ?? {}
  if (accessKeyId && secretAccessKey && sessionToken)
    return lasting({ accessKeyId, secretAccessKey, sessionToken, expiration: given?.Expiration })
  throw notAssumed(arn, new Error('STS gave no credentials'))
}

const remedies: Record<string, string> = {
  AccessDenied:
    "Allow this identity sts:AssumeRole on the role, and name the identity and the external ID (KAFKA_SASL_AWS_EXTERNAL_ID) in the role's trust policy.",
  ExpiredToken: 'The AWS credentials of this process have expired: renew them.',
  ExpiredTokenException: 'The AWS credentials of this process have expired: renew them.',
  CredentialsProviderError:
    'Give this process AWS credentials: a role, or AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
}

function notAssumed(arn: string, cause: unknown): Failure {
  const name = cause instanceof Error ? cause.name : ''
  const remedy =
    remedies[name] ?? 'Check KAFKA_SASL_AWS_ROLE_ARN, the AWS credentials, and the network path to AWS STS.'
  return new Failure(
    `cannot sign in to Kafka: the role ${arn} cannot be assumed (${messageOf(cause)}). ${remedy}`,
    { cause },
  )
}

/** `AccessDenied: User … is not authorized`, in one line. */
const messageOf = (cause: unknown): string =>
  (cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause))
    .replace(/\s+/g, ' ')
    .replace(/\.$/, '')
