import { createHash, createHmac } from 'node:crypto'
import { regionOfBroker } from '../../../core/model/msk.ts'
import type { AwsIamSettings } from '../../../core/model/settings.ts'
import { type AwsCredentials, awsCredentials } from './aws-credentials.ts'
import { renewed, type Token, type TokenSource } from './token.ts'

/** Seconds for which a signature is valid, as in AWS's own signers. */
const VALIDITY = 900
const AGENT = 'offset-watchdog'

/** Amazon MSK with IAM: OAUTHBEARER on the wire, with a presigned URL as token. */
export function mskIam(settings: AwsIamSettings): TokenSource {
  const { region, role } = settings
  const credentials = awsCredentials(settings)
  return {
    mechanism: 'AWS_MSK_IAM',
    extensions: {},
    token: renewed(async () => signedToken(await credentials(), region, Date.now())),
    explain(_, host) {
      const subject = `the signature of ${role ? `the role ${role.arn}` : 'the AWS identity of this process'} for ${region}`
      const home = regionOfBroker(host)
      const remedy =
        home !== undefined && home !== region
          ? `The broker is in ${home}: set KAFKA_SASL_AWS_REGION to that region, or leave the setting out.`
          : 'Check the region (KAFKA_SASL_AWS_REGION), that the AWS credentials have not expired, and that they may kafka-cluster:Connect.'
      return { subject, remedy }
    },
  }
}

type Bytes = string | ArrayBuffer | ArrayBufferView

const bytesOf = (source: Bytes): Uint8Array | string =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : source instanceof ArrayBuffer
      ? new Uint8Array(source)
      : source

/** SHA-256 in the form that the SDK's signer requires. With a secret it is HMAC. */
class Sha256 {
  readonly #hash
  constructor(secret?: Bytes) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: Bytes): void {
    this.#hash.update(bytesOf(data))
  }
  digest = async (): Promise<Uint8Array> => this.#hash.digest()
}

/**
 * A presigned request for `kafka-cluster:Connect`, like that of aws-msk-iam-sasl-signer. The client's name is added
 * after signing and is not part of the signature.
 * @param now ms since the epoch
 */
export async function signedToken(credentials: AwsCredentials, region: string, now: number): Promise<Token> {
  const { SignatureV4 } = await import('./aws-sdk.ts')
  const hostname = `kafka.${region}.amazonaws.com`
  const signer = new SignatureV4({ service: 'kafka-cluster', region, credentials, sha256: Sha256 })
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      headers: { host: hostname },
      query: { Action: 'kafka-cluster:Connect' },
    },
    { signingDate: new Date(now), expiresIn: VALIDITY },
  )
  const pairs = Object.entries({ ...query, 'User-Agent': AGENT }).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  )
  return {
    value: Buffer.from(`https://${hostname}/?${pairs.join('&')}`).toString('base64url'),
    expiresAt: Math.min(now + VALIDITY * 1000, credentials.expiresAt),
  }
}
