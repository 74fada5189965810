import { describe, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import { files, fromYaml, refusal } from './reading.ts'

const kafka = { KAFKA_BROKERS: 'kafka-1:9093', KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' }
const msk = { ...kafka, KAFKA_SASL_MECHANISM: 'AWS_MSK_IAM' }
const oauth = { ...kafka, KAFKA_SASL_MECHANISM: 'OAUTHBEARER' }
const client = {
  ...oauth,
  KAFKA_SASL_OAUTH_TOKEN_ENDPOINT: 'https://login.example.com/token',
  KAFKA_SASL_OAUTH_CLIENT_ID: 'watchdog',
  KAFKA_SASL_OAUTH_CLIENT_SECRET: 'hunter2',
}
const role = 'arn:aws:iam::123456789012:role/kafka-reader'

const saslOf = (env: NodeJS.ProcessEnv) => readSettings(env, files({})).clusters[0]?.kafka.sasl

describe('AWS_MSK_IAM', () => {
  test.each([
    ['provisioned', 'b-1.orders.a1b2c3.c2.kafka.eu-north-1.amazonaws.com:9098'],
    ['serverless', 'boot-a1b2c3.c1.kafka-serverless.eu-north-1.amazonaws.com:9098'],
    ['in another VPC', 'b-1.scram.orders.a1b2c3.c2.kafka.eu-north-1.vpce.amazonaws.com:14001'],
  ])('takes the region from the name of a broker: %s', (_, broker) => {
    expect(saslOf({ ...msk, KAFKA_BROKERS: broker })).toEqual({
      mechanism: 'aws-msk-iam',
      region: 'eu-north-1',
      role: undefined,
    })
  })

  test('takes the region from the ARN of the cluster if the brokers have other names', () => {
    const arn = 'arn:aws:kafka:us-gov-west-1:123456789012:cluster/orders/6a0f1e2d-2'
    const { clusters } = fromYaml(
      `{clusters: [{name: prod, msk: {arn: "${arn}"}, kafka: {brokers: "a:1", securityProtocol: SASL_SSL, saslMechanism: AWS_MSK_IAM}}]}`,
    )
    expect(clusters[0]).toMatchObject({ msk: { arn }, kafka: { sasl: { region: 'us-gov-west-1' } } })
  })

  test('assumes a role with a constant session name of at most 64 characters', () => {
    const env = {
      ...msk,
      KAFKA_SASL_AWS_REGION: 'eu-west-1',
      KAFKA_SASL_AWS_ROLE_ARN: role,
      KAFKA_SASL_AWS_EXTERNAL_ID: 'id-1',
    }
    expect(saslOf({ ...env, WATCHDOG_CLUSTER: 'prod' })).toMatchObject({
      role: { arn: role, externalId: 'id-1', sessionName: 'offset-watchdog-prod' },
    })
    expect(saslOf({ ...env, WATCHDOG_CLUSTER: 'x'.repeat(100) })).toMatchObject({
      role: { sessionName: `offset-watchdog-${'x'.repeat(48)}` },
    })
  })
})

describe('OAUTHBEARER', () => {
  test('takes client credentials and extensions', () => {
    const env = {
      ...client,
      KAFKA_SASL_OAUTH_SCOPE: 'kafka groups',
      KAFKA_SASL_OAUTH_EXTENSIONS: 'logicalCluster=lkc-1, identityPoolId=pool=1',
    }
    expect(saslOf(env)).toEqual({
      mechanism: 'oauthbearer',
      token: {
        endpoint: 'https://login.example.com/token',
        clientId: 'watchdog',
        clientSecret: 'hunter2',
        scope: 'kafka groups',
        audience: undefined,
      },
      extensions: { logicalCluster: 'lkc-1', identityPoolId: 'pool=1' },
    })
  })

  test('takes the path of a token file', () => {
    expect(saslOf({ ...oauth, KAFKA_SASL_OAUTH_TOKEN_PATH: '/var/run/token' })).toEqual({
      mechanism: 'oauthbearer',
      token: { path: '/var/run/token' },
      extensions: {},
    })
  })
})

test.each<[string, NodeJS.ProcessEnv, string]>([
  [
    'a missing region',
    msk,
    'KAFKA_SASL_AWS_REGION is not set, and no address in KAFKA_BROKERS names a region of AWS: write one such as eu-west-1.',
  ],
  [
    'a zone in place of a region',
    { ...msk, KAFKA_SASL_AWS_REGION: 'eu-west-1a' },
    'KAFKA_SASL_AWS_REGION is "eu-west-1a": write a region such as eu-west-1.',
  ],
  [
    'a user in place of a role',
    { ...msk, KAFKA_SASL_AWS_ROLE_ARN: 'arn:aws:iam::123456789012:user/me' },
    'KAFKA_SASL_AWS_ROLE_ARN is "arn:aws:iam::123456789012:user/me": write the ARN of a role, such as arn:aws:iam::123456789012:role/kafka-reader.',
  ],
  [
    'an external ID without a role',
    { ...msk, KAFKA_SASL_AWS_REGION: 'eu-west-1', KAFKA_SASL_AWS_EXTERNAL_ID: 'id' },
    'KAFKA_SASL_AWS_EXTERNAL_ID is set, but KAFKA_SASL_AWS_ROLE_ARN is not: an external ID belongs to a role.',
  ],
  [
    'a password for IAM',
    { ...msk, KAFKA_SASL_PASSWORD: 'hunter2' },
    'KAFKA_SASL_PASSWORD is set, but KAFKA_SASL_MECHANISM is AWS_MSK_IAM, which does not use this setting.',
  ],
  [
    'a token without SASL',
    { ...client, KAFKA_SECURITY_PROTOCOL: 'SSL' },
    'KAFKA_SASL_MECHANISM is set, but KAFKA_SECURITY_PROTOCOL is SSL: choose SASL_SSL or SASL_PLAINTEXT.',
  ],
  [
    'no source of tokens',
    oauth,
    'KAFKA_SASL_OAUTH_TOKEN_ENDPOINT is not set, but KAFKA_SASL_MECHANISM is OAUTHBEARER: set it, or KAFKA_SASL_OAUTH_TOKEN_PATH.',
  ],
  [
    'two sources of tokens',
    { ...client, KAFKA_SASL_OAUTH_TOKEN_PATH: '/token' },
    'KAFKA_SASL_OAUTH_TOKEN_ENDPOINT is set, but KAFKA_SASL_OAUTH_TOKEN_PATH is, too: a token comes from the endpoint or from a file.',
  ],
  [
    'a client without a secret',
    { ...client, KAFKA_SASL_OAUTH_CLIENT_SECRET: '' },
    'KAFKA_SASL_OAUTH_CLIENT_SECRET is not set, but KAFKA_SASL_OAUTH_TOKEN_ENDPOINT is: set it.',
  ],
  [
    'a password in the address of the endpoint',
    { ...client, KAFKA_SASL_OAUTH_TOKEN_ENDPOINT: 'https://me:hunter2@login.example.com' },
    'KAFKA_SASL_OAUTH_TOKEN_ENDPOINT cannot be used: write an http or https URL such as https://login.example.com/oauth2/token.',
  ],
  [
    'an extension that is the token itself',
    { ...client, KAFKA_SASL_OAUTH_EXTENSIONS: 'auth=hunter2' },
    'KAFKA_SASL_OAUTH_EXTENSIONS is "auth=hunter2": write name=value, such as logicalCluster=lkc-1; separate several with commas.',
  ],
])('refuses %s', (_, env, message) => {
  expect(refusal(() => readSettings(env, files({})))).toBe(message)
})

test('a refusal never shows a secret of the file', () => {
  const read = () =>
    fromYaml(
      '{clusters: [{name: prod, kafka: {securityProtocol: SASL_SSL, saslMechanism: OAUTHBEARER, saslOauthClientSecret: [hunter2]}}]}',
    )
  expect(refusal(read)).toBe(
    'clusters[0].kafka.saslOauthClientSecret in watchdog.yaml cannot be used: write text.',
  )
})
