import { channel } from 'node:diagnostics_channel'
import { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { readSettings } from '../../functions/config/settings.ts'
import { connect } from '../../functions/kafka/connection/connection.ts'
import { metadata } from '../../functions/kafka/protocol/messages/metadata.ts'
import { SESSION } from '../brokers/tokens.ts'
import { files } from '../config/reading.ts'
import {
  answering,
  assuming,
  client,
  denying,
  dog,
  file,
  folder,
  giving,
  iam,
  kafka,
  key,
  role,
  roleKey,
  sts,
  ways,
  withTokenKafka,
  writing,
} from './token-kafka.ts'

withTokenKafka()

describe('a snapshot is complete and exact with', () => {
  test.each(ways)('%s', async (name, settings) => {
    const taken = await dog.cli(['snapshot', '--json'], settings())
    expect(taken).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(taken.stdout).snapshots).toMatchObject([
      { complete: true, mode: 'exact', problems: [], counts: { groups: 1, commits: 1 } },
    ])
    const { stdout } = await dog.cli(['doctor'], settings())
    expect(stdout).toMatch(new RegExp(`^ok +sign-in: ${name.split(' ')[0]}.*$`, 'm'))
    expect(stdout).toMatch(/^warn +sign-in: SASL_PLAINTEXT sends the token without encryption/m)
  })

  test('OAUTHBEARER with the requested scope, audience and extensions', async () => {
    const more = {
      KAFKA_SASL_OAUTH_SCOPE: 'groups:read',
      KAFKA_SASL_OAUTH_AUDIENCE: 'kafka',
      KAFKA_SASL_OAUTH_EXTENSIONS: 'logicalCluster=lkc-1,identityPoolId=pool-1',
    }
    expect(await dog.cli(['snapshot'], { ...client(), ...more })).toMatchObject({ code: 0, stderr: '' })
    expect(kafka.provider.requests.at(-1)?.form).toEqual({
      grant_type: 'client_credentials',
      scope: 'groups:read',
      audience: 'kafka',
    })
  })

  test('a role with an external ID and a stable session name', async () => {
    await dog.cli(['snapshot'], assuming())
    expect(sts.requests.at(-1)).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: role,
      ExternalId: 'external-7',
      RoleSessionName: 'offset-watchdog-prod',
    })
  })

  test('one token for all connections', async () => {
    const before = kafka.provider.requests.length
    await dog.cli(['snapshot'], client())
    expect(kafka.provider.requests.length - before).toBe(1)
  })
})

type Case = [name: string, settings: () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>, sentence: RegExp]

describe('a failed sign-in gives one sentence without secrets, and exit code 3:', () => {
  const endpoint = String.raw`KAFKA_SASL_OAUTH_TOKEN_ENDPOINT \(http://127.0.0.1:\d+/token\)`

  test.each<Case>([
    [
      'an endpoint that is down',
      () => ({ ...client(), KAFKA_SASL_OAUTH_TOKEN_ENDPOINT: 'http://127.0.0.1:1/token' }),
      new RegExp(`${endpoint} is out of reach`),
    ],
    [
      'an endpoint that closes the connection',
      () => {
        kafka.provider.answer = response => response.destroy()
        return client()
      },
      new RegExp(`${endpoint} is out of reach`),
    ],
    [
      'an endpoint that answers HTML',
      () => answering(200, '<!doctype html><title>Sign in</title>'),
      new RegExp(`${endpoint} answers HTML instead of JSON \\(status 200\\)`),
    ],
    [
      'an endpoint that redirects',
      () => answering(302, '', { location: 'http://127.0.0.1:1/' }),
      new RegExp(`${endpoint} redirects \\(status 302\\)`),
    ],
    [
      'an endpoint with status 503',
      () => answering(503, '{}'),
      new RegExp(`${endpoint} gives no token \\(status 503\\)`),
    ],
    [
      'an answer without a token',
      () => answering(200, '{"token_type":"Bearer"}'),
      new RegExp(`${endpoint} answers without an access_token`),
    ],
    [
      'a refused client',
      () => ({ ...client(), KAFKA_SASL_OAUTH_CLIENT_SECRET: 'hunter3' }),
      /refuses the client "offset:watchdog" \(invalid_client, status 401\)\. Check KAFKA_SASL_OAUTH_CLIENT_ID/,
    ],
    [
      'a refused scope',
      () => ({ ...client(), KAFKA_SASL_OAUTH_SCOPE: 'nonsense' }),
      /refuses the scope "nonsense" \(invalid_scope, status 400\)/,
    ],
    [
      'a token for another audience',
      () => giving({ aud: 'billing' }),
      /127.0.0.1:\d+ refuses the token of KAFKA_SASL_OAUTH_TOKEN_ENDPOINT \(issuer "http.*", audience "billing", valid until 20.*\): invalid_token\. Check/,
    ],
    [
      'a missing token file',
      () => ({ ...file(), KAFKA_SASL_OAUTH_TOKEN_PATH: '/nowhere/token' }),
      /KAFKA_SASL_OAUTH_TOKEN_PATH is "\/nowhere\/token", which does not exist/,
    ],
    ['an empty token file', () => writing(' \n'), /KAFKA_SASL_OAUTH_TOKEN_PATH is ".*", which is empty/],
    [
      'a token file without a token',
      () => writing('{"access_token":"hunter2"}'),
      /the token in the file of KAFKA_SASL_OAUTH_TOKEN_PATH contains characters/,
    ],
    [
      'an expired token',
      () => writing(kafka.provider.token({ life: -60 })),
      /refuses the token in the file of KAFKA_SASL_OAUTH_TOKEN_PATH \(.*valid until.*\): invalid_token\. Check that the file is renewed/,
    ],
    [
      'a token with another signature',
      () => writing(kafka.provider.token({}, 'other')),
      /refuses the token .*invalid_token/,
    ],
    [
      'a token without a signature',
      () => writing(kafka.provider.token({}, 'none')),
      /refuses the token .*invalid_token/,
    ],
    [
      'a mechanism that the port does not offer',
      () => ({
        KAFKA_BROKERS: kafka.oauth.join(),
        KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
        KAFKA_SASL_USERNAME: 'me',
        KAFKA_SASL_PASSWORD: 'hunter2',
      }),
      /does not offer SASL SCRAM-SHA-512, only OAUTHBEARER\. Set KAFKA_SASL_MECHANISM to OAUTHBEARER\./,
    ],
    [
      'a wrong key',
      () => ({ ...iam(), AWS_SECRET_ACCESS_KEY: 'wrong-secret-key' }),
      /refuses the signature of the AWS identity of this process for eu-north-1: access_denied\. Check the region/,
    ],
    [
      'an unknown key',
      () => ({ ...iam(), AWS_ACCESS_KEY_ID: 'AKIDOTHER' }),
      /refuses the signature .*access_denied/,
    ],
    [
      'a wrong region',
      () => ({ ...iam(), KAFKA_SASL_AWS_REGION: 'us-east-1' }),
      /refuses the signature of the AWS identity of this process for us-east-1: access_denied\. Check the region \(KAFKA_SASL_AWS_REGION\)/,
    ],
    [
      'no AWS credentials',
      () => ({ ...iam(), AWS_ACCESS_KEY_ID: '', AWS_EC2_METADATA_DISABLED: 'true', HOME: folder }),
      /there are no AWS credentials/,
    ],
    [
      'expired AWS credentials',
      () => ({ ...iam(), AWS_CREDENTIAL_EXPIRATION: '2026-01-01T00:00:00Z' }),
      /the AWS credentials of this process expired on 2026-01-01T00:00:00.000Z\. Renew them\./,
    ],
    [
      'a role that may not be assumed',
      () =>
        denying(
          'AccessDenied',
          `User: arn:aws:iam::1:user/me is not authorized to perform: sts:AssumeRole on resource: ${role}`,
        ),
      /the role arn:aws:iam::123456789012:role\/kafka-reader cannot be assumed \(AccessDenied: User.*\)\. Allow this identity sts:AssumeRole/,
    ],
    [
      'AWS credentials that STS calls expired',
      () => denying('ExpiredToken', 'The security token included in the request is expired'),
      /cannot be assumed \(ExpiredToken.*\)\. The AWS credentials of this process have expired: renew them\./,
    ],
    [
      'STS out of reach',
      () => ({ ...assuming(), AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1' }),
      /cannot be assumed \(.*\)\. Check KAFKA_SASL_AWS_ROLE_ARN/,
    ],
    [
      'a role that the cluster does not know',
      () => {
        sts.answer = { key: { ...roleKey, sessionToken: 'other' } }
        return assuming()
      },
      /refuses the signature of the role arn:aws:iam::123456789012:role\/kafka-reader for eu-north-1: access_denied/,
    ],
  ])('%s', async (_, settings, sentence) => {
    const result = await dog.cli(['snapshot'], await settings())
    expect(result).toEqual({ code: 3, stdout: '', stderr: expect.stringMatching(sentence) })
    expect(result.stderr).toMatch(/^[^\n]+[.?]\n$/)
    const secrets = [
      ...kafka.provider.given,
      'hunter',
      key.secretAccessKey,
      'wrong-secret',
      roleKey.secretAccessKey,
      roleKey.sessionToken,
      'eyJ',
    ]
    expect(secrets.filter(secret => result.stderr.includes(secret))).toEqual([])
  })

  test('no offset is gone afterwards', async () => {
    const { code, stdout } = await dog.cli(['status', '--json'], file())
    expect(code).toBe(0)
    expect(JSON.parse(stdout).clusters[0]).toMatchObject({ gone: [] })
  })
})

describe('a session that ends during a long read', () => {
  const long = async (settings: NodeJS.ProcessEnv, isDone: () => boolean) => {
    const all = { ...settings, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }
    const [cluster] = readSettings(all, files({})).clusters
    if (!cluster) throw new RangeError('there is no cluster')
    const connection = await connect(cluster.kafka)
    const request = { topics: [], includeOperations: false }
    try {
      for (const end = Date.now() + 60_000; !isDone() && Date.now() < end; )
        await Promise.all([1, 1, 1].map(broker => connection.send(broker, metadata, request)))
      expect(isDone()).toBe(true)
    } finally {
      await connection.close()
    }
  }

  test('is renewed over the same connection, with a new token if the first has expired', async () => {
    const port = Number(kafka.sessions[0]?.split(':')[1])
    let opened = 0
    const onSocket = (message: unknown) => {
      const { socket } = v.parse(v.object({ socket: v.instance(Socket) }), message)
      socket.once('connect', () => {
        if (socket.remotePort === port) opened += 1
      })
    }
    channel('net.client.socket').subscribe(onSocket)
    const since = Date.now()
    try {
      const before = kafka.provider.requests.length
      // A token that lives for two sessions: the second session starts with the second token.
      kafka.provider.claims = { life: SESSION / 1000 + 1 }
      await long(client(kafka.sessions), () => Date.now() - since > 3 * SESSION)
      expect(kafka.provider.requests.length - before).toBeGreaterThan(2)
    } finally {
      channel('net.client.socket').unsubscribe(onSocket)
    }
    // One connection to the address in the settings, and one to the broker.
    expect(opened).toBe(2)
  })

  test('fails with one sentence and exit code 3 if the token endpoint is down', async () => {
    kafka.provider.claims = { life: SESSION / 1000 }
    const reading = long(client(kafka.sessions), () => {
      kafka.provider.answer = response => response.destroy()
      return false
    })
    await expect(reading).rejects.toThrow(
      /^cannot sign in to Kafka: KAFKA_SASL_OAUTH_TOKEN_ENDPOINT .* is out of reach/,
    )
    await expect(reading).rejects.toMatchObject({ name: 'Failure', exitCode: 3 })
  })
})
