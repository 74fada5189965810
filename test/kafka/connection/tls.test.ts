import { createServer as createTlsServer } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { KafkaSettings, PasswordSettings } from '../../../functions/core/model/settings.ts'
import { connect } from '../../../functions/kafka/connection/connection.ts'
import { metadata } from '../../../functions/kafka/protocol/messages/metadata.ts'
import { certificateAuthority, type KeyAndCertificate } from '../../brokers/certificates.ts'
import { type SecuredKafka, startSecuredKafka } from '../../brokers/secured.ts'
import { plaintext } from '../../builders/kafka-settings.ts'
import { listening } from '../protocol/addresses.ts'

describe('each security protocol', () => {
  let kafka: SecuredKafka
  beforeAll(async () => {
    kafka = await startSecuredKafka()
  })
  afterAll(() => kafka.close())

  type Change = Partial<KafkaSettings>
  const over = (listener: readonly string[], change: Change = {}): KafkaSettings => ({
    ...plaintext(...listener),
    ...change,
  })
  const tls = (change: Change = {}): Change => ({ protocol: 'SSL', ca: kafka.ca, ...change })
  const pair = ({ certificate, privateKey }: KeyAndCertificate): Change => ({ certificate, privateKey })
  const sasl = (mechanism: PasswordSettings['mechanism'], password = kafka.user.password) => ({
    sasl: { mechanism, username: kafka.user.username, password },
  })

  test.each<[name: string, settings: () => KafkaSettings]>([
    ['PLAINTEXT', () => over(kafka.bootstrap)],
    ['one of several addresses', () => over(['127.0.0.1:1', ...kafka.bootstrap])],
    ['SSL with its own CA', () => over(kafka.tls, tls())],
    [
      'SSL with a host name',
      () =>
        over(
          kafka.tls.map(address => address.replace('127.0.0.1', 'localhost')),
          tls(),
        ),
    ],
    ['SSL with a client certificate', () => over(kafka.mtls, tls(pair(kafka.client)))],
    ['SASL PLAIN', () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('plain') })],
    ['SASL SCRAM-SHA-256', () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('scram-sha-256') })],
    [
      'SASL SCRAM-SHA-512 over TLS',
      () => over(kafka.saslTls, { protocol: 'SASL_SSL', ca: kafka.ca, ...sasl('scram-sha-512') }),
    ],
  ])('%s', async (_, settings) => {
    const connection = await connect(settings())
    const { clusterId, brokers } = await connection.send(1, metadata, {
      topics: [],
      includeOperations: false,
    })
    expect(clusterId).toBe(connection.clusterId)
    expect(brokers.map(({ id }) => id)).toEqual([1])
    await connection.close()
  })

  test.each<[name: string, settings: () => KafkaSettings, message: string]>([
    [
      'a port without a server',
      () => plaintext('127.0.0.1:1'),
      'HOST refuses the connection. Is the broker running? Check KAFKA_BROKERS.',
    ],
    [
      'an unknown host name',
      () => plaintext('kafka.invalid:9092'),
      'HOST has the host name kafka.invalid, which cannot be resolved. Check KAFKA_BROKERS.',
    ],
    [
      'another CA',
      () => over(kafka.tls, tls({ ca: kafka.otherCa })),
      "HOST shows a certificate that KAFKA_CA has not issued. Set KAFKA_CA to the certificate of the cluster's authority.",
    ],
    [
      'no CA',
      () => over(kafka.tls, { protocol: 'SSL' }),
      "HOST shows a certificate that no known authority has issued. Set KAFKA_CA to the certificate of the cluster's authority.",
    ],
    [
      'no client certificate',
      () => over(kafka.mtls, tls()),
      'HOST requires a client certificate. Set KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY.',
    ],
    [
      'a client certificate of another CA',
      () => over(kafka.mtls, tls(pair(kafka.foreignClient))),
      'HOST refuses the client certificate. Check that KAFKA_CERTIFICATE is for this cluster.',
    ],
    [
      'PLAINTEXT to a TLS port',
      () => over(kafka.tls),
      'HOST closed the connection. Does this port demand TLS? KAFKA_SECURITY_PROTOCOL is PLAINTEXT.',
    ],
    [
      'TLS to a PLAINTEXT port',
      () => over(kafka.bootstrap, tls()),
      'HOST broke off the TLS handshake. Is this a port for TLS? KAFKA_SECURITY_PROTOCOL is SSL.',
    ],
    [
      'no SASL to a SASL port',
      () => over(kafka.sasl),
      'HOST closed the connection. Does this port demand SASL? KAFKA_SECURITY_PROTOCOL is PLAINTEXT.',
    ],
    [
      'SASL to a port without SASL',
      () => over(kafka.bootstrap, { protocol: 'SASL_PLAINTEXT', ...sasl('plain') }),
      'HOST expects no SASL. Is this a port for SASL? KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT.',
    ],
    [
      'a mechanism that the port does not offer (PLAIN)',
      () => over(kafka.scram, { protocol: 'SASL_PLAINTEXT', ...sasl('plain') }),
      'HOST does not offer SASL PLAIN, only SCRAM-SHA-512. Set KAFKA_SASL_MECHANISM to SCRAM-SHA-512.',
    ],
    [
      'a mechanism that the port does not offer (SCRAM)',
      () => over(kafka.scram, { protocol: 'SASL_PLAINTEXT', ...sasl('scram-sha-256') }),
      'HOST does not offer SASL SCRAM-SHA-256, only SCRAM-SHA-512. Set KAFKA_SASL_MECHANISM to SCRAM-SHA-512.',
    ],
    [
      'a mechanism that the port does not offer (OAUTHBEARER)',
      () =>
        over(kafka.scram, {
          protocol: 'SASL_PLAINTEXT',
          sasl: { mechanism: 'oauthbearer', token: { path: '/nowhere' }, extensions: {} },
        }),
      'HOST does not offer SASL OAUTHBEARER, only SCRAM-SHA-512. Set KAFKA_SASL_MECHANISM to SCRAM-SHA-512.',
    ],
    [
      'a mechanism that the port does not offer (AWS_MSK_IAM)',
      () =>
        over(kafka.scram, {
          protocol: 'SASL_PLAINTEXT',
          sasl: { mechanism: 'aws-msk-iam', region: 'eu-west-1', role: undefined },
        }),
      'HOST does not offer SASL OAUTHBEARER, which AWS_MSK_IAM uses, only SCRAM-SHA-512. Set KAFKA_SASL_MECHANISM to SCRAM-SHA-512.',
    ],
    [
      'a wrong password (PLAIN)',
      () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('plain', 'wrong') }),
      'HOST refuses the user "watchdog". Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    ],
    [
      'a wrong password (SCRAM)',
      () => over(kafka.sasl, { protocol: 'SASL_PLAINTEXT', ...sasl('scram-sha-512', 'wrong') }),
      'HOST refuses the user "watchdog". Check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD and KAFKA_SASL_MECHANISM.',
    ],
  ])('%s', async (_, settings, message) => {
    const { brokers } = settings()
    await expect(connect(settings())).rejects.toMatchObject({
      name: 'Failure',
      exitCode: 3,
      message: `cannot connect to Kafka: ${message.replace('HOST', brokers[0] ?? '')}`,
    })
  })
})

describe('an expired certificate is reported:', () => {
  const authority = certificateAuthority('authority')
  const notAfter = new Date('2026-03-01T12:00:00Z')

  test("the client's", async () => {
    const { certificate, privateKey } = authority.issue('client', { notAfter })
    const settings = { ...plaintext('127.0.0.1:1'), certificate, privateKey }
    await expect(connect({ ...settings, protocol: 'SSL' })).rejects.toMatchObject({
      exitCode: 3,
      message:
        'cannot connect to Kafka: the client certificate (KAFKA_CERTIFICATE) expired on 2026-03-01. Renew it.',
    })
  })

  test("the broker's", async () => {
    const { certificate, privateKey } = authority.issue('node', { notAfter, hosts: ['127.0.0.1'] })
    const server = createTlsServer({ cert: certificate, key: privateKey }, socket => socket.resume())
    const address = await listening(server)
    await expect(
      connect({ ...plaintext(address), protocol: 'SSL', ca: authority.certificate }),
    ).rejects.toMatchObject({
      exitCode: 3,
      message: `cannot connect to Kafka: ${address} shows a certificate that expired on 2026-03-01. Renew it on the broker.`,
    })
    server.close()
  })

  test('a certificate for another host is reported', async () => {
    const { certificate, privateKey } = authority.issue('node', { hosts: ['kafka.example.com'] })
    const server = createTlsServer({ cert: certificate, key: privateKey }, socket => socket.resume())
    const address = await listening(server)
    await expect(
      connect({ ...plaintext(address), protocol: 'SSL', ca: authority.certificate }),
    ).rejects.toThrow(`${address} shows a certificate that is not for 127.0.0.1.`)
    server.close()
  })

  test.each([
    ['a key of another certificate', authority.issue('other').privateKey],
    ['no key', 'secret'],
  ])('%s is a mistake in the settings', async (_, privateKey) => {
    const { certificate } = authority.issue('client')
    const settings = { ...plaintext('127.0.0.1:1'), certificate, privateKey }
    await expect(connect({ ...settings, protocol: 'SSL' })).rejects.toMatchObject({
      name: 'Failure',
      exitCode: 2,
      message: expect.stringMatching(
        /^KAFKA_CA, KAFKA_CERTIFICATE and KAFKA_PRIVATE_KEY cannot be used together/,
      ),
    })
  })
})
