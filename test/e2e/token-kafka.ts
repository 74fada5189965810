import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { REGION, startTokenKafka, type TokenKafka } from '../brokers/tokens.ts'
import { type FakeSts, startSts } from './sts.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

// Tokens in place of passwords: a real broker validates them, for processes of the command line.

export const key = { accessKeyId: 'AKIDOWN', secretAccessKey: 'own-secret-key' }
export const roleKey = {
  accessKeyId: 'ASIAROLE',
  secretAccessKey: 'role-secret-key',
  sessionToken: 'role-session/token+=',
}
export const role = 'arn:aws:iam::123456789012:role/kafka-reader'

export let kafka: TokenKafka
export let sts: FakeSts
export let dog: Watchdog
export let folder: string
export let tokenPath: string

/** Starts a broker that validates tokens, their endpoints, and a watchdog. */
export function withTokenKafka(): void {
  beforeAll(async () => {
    ;[kafka, sts, folder] = await Promise.all([
      startTokenKafka({ retentionMinutes: 600 }),
      startSts(),
      mkdtemp(join(tmpdir(), 'offset-watchdog-token-')),
    ])
    tokenPath = join(folder, 'token')
    await kafka.knows([key, roleKey])
    await createTopic(kafka.bootstrap, 'orders', { records: 5 })
    const offsets = [{ topic: 'orders', partition: 0, offset: 2n }]
    await commitRaw(kafka.bootstrap, [{ group: 'invoices', offsets }])
    dog = await watchdog({ KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' })
  })
  beforeEach(async () => {
    Object.assign(kafka.provider, { claims: {}, answer: undefined })
    sts.answer = { key: roleKey }
    await writeFile(tokenPath, `${kafka.provider.token()}\n`)
  })
  afterAll(async () => {
    await dog?.[Symbol.asyncDispose]()
    await sts?.[Symbol.asyncDispose]()
    await kafka?.close()
    await rm(folder, { recursive: true, force: true })
  })
}

export const client = (brokers = kafka.oauth): NodeJS.ProcessEnv => ({
  KAFKA_BROKERS: brokers.join(),
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_SASL_OAUTH_TOKEN_ENDPOINT: kafka.provider.tokenEndpoint,
  KAFKA_SASL_OAUTH_CLIENT_ID: kafka.provider.client.id,
  KAFKA_SASL_OAUTH_CLIENT_SECRET: kafka.provider.client.secret,
})
export const file = (): NodeJS.ProcessEnv => ({
  KAFKA_BROKERS: kafka.oauth.join(),
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_SASL_OAUTH_TOKEN_PATH: tokenPath,
})
export const iam = (): NodeJS.ProcessEnv => ({
  KAFKA_BROKERS: kafka.iam.join(),
  KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM',
  KAFKA_SASL_AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
  AWS_ENDPOINT_URL_STS: sts.url,
})
export const assuming = (): NodeJS.ProcessEnv => ({
  ...iam(),
  KAFKA_SASL_AWS_ROLE_ARN: role,
  KAFKA_SASL_AWS_EXTERNAL_ID: 'external-7',
})
export const writing = async (text: string) => {
  await writeFile(tokenPath, text)
  return file()
}
export const answering = (status: number, body: string, headers: Record<string, string> = {}) => {
  kafka.provider.answer = response => response.writeHead(status, headers).end(body)
  return client()
}
export const giving = (claims: TokenKafka['provider']['claims']) => {
  kafka.provider.claims = claims
  return client()
}
export const denying = (code: string, message: string) => {
  sts.answer = { code, message }
  return assuming()
}

export const ways: [string, () => NodeJS.ProcessEnv][] = [
  ['OAUTHBEARER by client credentials', client],
  ['OAUTHBEARER by token file', file],
  ['AWS_MSK_IAM', iam],
  ['AWS_MSK_IAM by a role', assuming],
]
