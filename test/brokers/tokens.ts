import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kafka, type KafkaOptions, startKafka } from './broker.ts'
import { audience, type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import type { Properties } from './properties.ts'

export interface AwsKey {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

/**
 * A Kafka that accepts tokens: OAuth tokens of the test's identity provider, and signatures as Amazon MSK accepts them.
 */
export interface TokenKafka extends Kafka {
  readonly provider: IdentityProvider
  /** OAUTHBEARER. */
  readonly oauth: readonly string[]
  /** Like `oauth`, but sessions end after `SESSION` ms unless they are renewed (KIP-368). */
  readonly sessions: readonly string[]
  /** OAUTHBEARER with AWS's signatures. */
  readonly iam: readonly string[]
  /** Sets the AWS keys that the broker accepts. */
  knows(keys: readonly AwsKey[]): Promise<void>
}

export const REGION = 'eu-north-1'
export const SESSION = 4_000

export async function startTokenKafka(options: KafkaOptions = {}): Promise<TokenKafka> {
  const provider = await startIdentityProvider()
  const folder = await mkdtemp(join(tmpdir(), 'kafka-keys-'))
  const file = join(folder, 'keys.properties')
  const knows = (keys: readonly AwsKey[]) => writeFile(file, keys.map(lineOf).join(''))
  await knows([])

  async function end(): Promise<void> {
    await provider[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  }
  const kafka = await startKafka({
    ...options,
    listeners: { OAUTH: 'SASL_PLAINTEXT', SESSIONS: 'SASL_PLAINTEXT', IAM: 'SASL_PLAINTEXT' },
    properties: { ...listeners(provider), ...options.properties },
    javaOptions: [
      `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${provider.jwks}`,
      `-Dmsk.region=${REGION}`,
      `-Dmsk.keys=${file}`,
    ],
  }).catch(async (error: unknown) => {
    await end()
    throw error
  })
  async function close(): Promise<void> {
    await kafka.close()
    await end()
  }
  return {
    ...kafka,
    provider,
    oauth: kafka.listener('OAUTH'),
    sessions: kafka.listener('SESSIONS'),
    iam: kafka.listener('IAM'),
    knows,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const lineOf = ({ accessKeyId, secretAccessKey, sessionToken }: AwsKey): string =>
  `${accessKeyId}=${secretAccessKey}\n${sessionToken ? `${accessKeyId}.token=${sessionToken}\n` : ''}`

function listeners({ issuer, jwks }: IdentityProvider): Properties {
  const bearer = (listener: string, more: Properties) =>
    Object.entries({
      'sasl.jaas.config': 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
      ...more,
    }).map(([name, value]) => [`listener.name.${listener}.oauthbearer.${name}`, value])
  const oauth = {
    'sasl.server.callback.handler.class':
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler',
    'sasl.oauthbearer.jwks.endpoint.url': jwks,
    'sasl.oauthbearer.expected.issuer': issuer,
    'sasl.oauthbearer.expected.audience': audience,
  }
  return {
    'sasl.enabled.mechanisms': 'OAUTHBEARER',
    ...Object.fromEntries([
      ...bearer('oauth', oauth),
      ...bearer('sessions', { ...oauth, 'connections.max.reauth.ms': SESSION }),
      ...bearer('iam', { 'sasl.server.callback.handler.class': 'MskIamHandler' }),
    ]),
  }
}
