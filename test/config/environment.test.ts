import { generateKeyPairSync } from 'node:crypto'
import { rootCertificates } from 'node:tls'
import { expect, test } from '@jest/globals'
import { ignoredByDefault, readSettings } from '../../functions/config/settings.ts'
import { isAnswered } from '../../functions/core/model/settings.ts'
import { files, refusal } from './reading.ts'

const [certificate = '', otherCertificate = ''] = rootCertificates
const { privateKey } = generateKeyPairSync('ed25519', {
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const kafka = { KAFKA_BROKERS: 'kafka-1:9092' }

test('only the brokers are required', () => {
  expect(readSettings({ KAFKA_BROKERS: 'kafka-1:9092, [::1]:9092' }, files({}))).toEqual({
    store: './offset-snapshots',
    storeLock: undefined,
    storeSharedWith: [],
    interval: 900_000,
    clockSkew: 60_000,
    log: { ms: 60_000, bytes: 2 * 1024 ** 3 },
    url: undefined,
    metrics: { groups: '*', partitions: false, names: 'own' },
    slack: undefined,
    webhooks: [],
    clusters: [
      {
        name: 'kafka',
        kafka: { brokers: ['kafka-1:9092', '[::1]:9092'], protocol: 'PLAINTEXT' },
        groups: undefined,
        retention: undefined,
        policy: {
          levels: { first: 72 * 3_600_000, second: 24 * 3_600_000, last: 6 * 3_600_000 },
          levelsByGroup: [],
          records: 'alert',
          recordsByGroup: [],
          stepBackAlerts: [],
          neverCommittedAlerts: [],
          ignore: ignoredByDefault,
          routes: [],
          withoutMetadata: [],
          withoutMembers: [],
        },
      },
    ],
  })
})

test('a CA implies TLS, and its line breaks may be written as two characters', () => {
  const [cluster] = readSettings(
    { ...kafka, KAFKA_CA: certificate.replaceAll('\n', '\\n') },
    files({}),
  ).clusters
  expect(cluster?.kafka).toMatchObject({ protocol: 'SSL', ca: certificate })
})

test('a value has precedence over a path, since platforms set both', () => {
  const env = { ...kafka, KAFKA_CA: certificate, KAFKA_CA_PATH: '/other.pem' }
  const [cluster] = readSettings(env, files({ '/other.pem': otherCertificate })).clusters
  expect(cluster?.kafka.ca).toBe(certificate)
})

test('the environment configures SASL and Slack', () => {
  const sasl = {
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: 'me',
    KAFKA_SASL_PASSWORD: 'pw',
  }
  const env = { ...kafka, ...sasl, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', SLACK_BOT_TOKEN: 'xoxb-1' }
  const settings = readSettings(env, files({}))
  expect(settings.clusters[0]?.kafka.sasl).toEqual({
    mechanism: 'scram-sha-512',
    username: 'me',
    password: 'pw',
  })
  expect(settings.slack).toEqual({
    token: 'xoxb-1',
    channel: '#kafka',
    digestAt: 8 * 3_600_000,
    buttons: false,
    ignore: 'off',
    ignoreFor: 30 * 86_400_000,
    ignoreForAtMost: 90 * 86_400_000,
  })
})

test.each<[what: string, slack: object, env: NodeJS.ProcessEnv, buttons: boolean, answered: boolean]>([
  ['no setting', {}, {}, false, false],
  ['an app-level token', {}, { SLACK_APP_TOKEN: 'xapp-1' }, true, true],
  ['buttons: false, and an app-level token', { buttons: false }, { SLACK_APP_TOKEN: 'xapp-1' }, false, true],
  ['buttons: true, but no receiver', { buttons: true }, {}, true, false],
  [
    'buttons: true, and the function URL',
    { buttons: true, signingSecret: 's', teamId: 'T1' },
    {},
    true,
    true,
  ],
])('buttons with %s', (_, slack, env, buttons, answered) => {
  const settings = readSettings(
    { WATCHDOG_CONFIG: 'a.yaml', SLACK_BOT_TOKEN: 'xoxb-1', ...env },
    files({ 'a.yaml': JSON.stringify({ slack, clusters: [{ name: 'prod' }] }) }),
  )
  expect([settings.slack?.buttons, isAnswered(settings)]).toEqual([buttons, answered])
})

test.each([{}, { KAFKA_BROKERS: '' }])('a command that reads only the store needs no brokers: %j', env => {
  expect(readSettings(env, files({})).clusters[0]?.kafka.brokers).toEqual([])
})

test.each<[string, NodeJS.ProcessEnv, string]>([
  [
    'no port',
    { KAFKA_BROKERS: 'a:1,b' },
    'KAFKA_BROKERS is "a:1,b": write host:port; separate several with commas.',
  ],
  [
    'a port that is too large',
    { KAFKA_BROKERS: 'a:1,b:99999' },
    'KAFKA_BROKERS is "a:1,b:99999": write a port from 1 to 65535 after each host.',
  ],
  [
    'a port with six digits',
    { KAFKA_BROKERS: 'a:190920' },
    'KAFKA_BROKERS is "a:190920": write a port from 1 to 65535 after each host.',
  ],
  [
    'port 0',
    { KAFKA_BROKERS: '[::1]:0' },
    'KAFKA_BROKERS is "[::1]:0": write a port from 1 to 65535 after each host.',
  ],
  [
    'a URL as a broker',
    { KAFKA_BROKERS: 'https://a:1' },
    'KAFKA_BROKERS is "https://a:1": write host:port; separate several with commas.',
  ],
  [
    'a duration in an unknown unit',
    { ...kafka, WATCHDOG_INTERVAL: '15 parsecs' },
    'WATCHDOG_INTERVAL is "15 parsecs": write a duration such as 15m or 1h, from 1s to 24d.',
  ],
  [
    'a duration without a unit',
    { ...kafka, WATCHDOG_INTERVAL: '15' },
    'WATCHDOG_INTERVAL is "15": write a duration such as 15m or 1h, from 1s to 24d.',
  ],
  [
    'an interval longer than a timer',
    { ...kafka, WATCHDOG_INTERVAL: '25d' },
    'WATCHDOG_INTERVAL is "25d": write a duration such as 15m or 1h, from 1s to 24d.',
  ],
  [
    'a size in another unit',
    { ...kafka, WATCHDOG_LOG_SIZE: '2 GB' },
    'WATCHDOG_LOG_SIZE is "2 GB": write a size such as 512MiB or 2GiB.',
  ],
  [
    'a negative clock skew',
    { ...kafka, WATCHDOG_CLOCK_SKEW: '-1s' },
    'WATCHDOG_CLOCK_SKEW is "-1s": write a duration such as 15m or 1h, up to 1d.',
  ],
  [
    'a cluster name that is a path',
    { ...kafka, WATCHDOG_CLUSTER: '..' },
    'WATCHDOG_CLUSTER is "..": use up to 100 letters, digits, dots, dashes and underscores ("." and ".." are not allowed).',
  ],
  [
    'a cluster name with a slash',
    { ...kafka, WATCHDOG_CLUSTER: 'a/b' },
    'WATCHDOG_CLUSTER is "a/b": use up to 100 letters, digits, dots, dashes and underscores ("." and ".." are not allowed).',
  ],
  [
    'a mistyped setting',
    { ...kafka, WATCHDOG_INTERVALL: '1h' },
    'WATCHDOG_INTERVALL is not a setting: did you mean WATCHDOG_INTERVAL?',
  ],
  [
    'an unknown setting',
    { ...kafka, WATCHDOG_COLOUR: 'red' },
    'WATCHDOG_COLOUR is not a setting: known are WATCHDOG_CONFIG, WATCHDOG_CLUSTER, WATCHDOG_STORE, WATCHDOG_STORE_LOCK, WATCHDOG_STORE_SHARED_WITH, WATCHDOG_INTERVAL, WATCHDOG_CLOCK_SKEW, WATCHDOG_LOG_TIME, WATCHDOG_LOG_SIZE, WATCHDOG_DOCS, WATCHDOG_PING_URL, WATCHDOG_URL, WATCHDOG_METRICS_GROUPS, WATCHDOG_METRICS_PARTITIONS, WATCHDOG_METRICS_NAMES, ' +
      'WATCHDOG_WEBHOOK_NAME, WATCHDOG_WEBHOOK_FORMAT, WATCHDOG_WEBHOOK_URL, WATCHDOG_WEBHOOK_SECRET, ' +
      'WATCHDOG_WEBHOOK_SECRET_PATH, WATCHDOG_WEBHOOK_AUTHORIZATION, WATCHDOG_WEBHOOK_AUTHORIZATION_PATH.',
  ],
  [
    'an unknown protocol',
    { ...kafka, KAFKA_SECURITY_PROTOCOL: 'TLS' },
    'KAFKA_SECURITY_PROTOCOL is "TLS": choose PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.',
  ],
  [
    'an unknown mechanism',
    { ...kafka, KAFKA_SASL_MECHANISM: 'GSSAPI' },
    'KAFKA_SASL_MECHANISM is "GSSAPI": choose PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, AWS_MSK_IAM or OAUTHBEARER.',
  ],
  [
    'SASL with a protocol that does not support it',
    { ...kafka, KAFKA_SASL_USERNAME: 'me' },
    'KAFKA_SASL_USERNAME is set, but KAFKA_SECURITY_PROTOCOL is PLAINTEXT: choose SASL_SSL or SASL_PLAINTEXT.',
  ],
  [
    'SASL without a mechanism',
    { ...kafka, KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
    'KAFKA_SASL_MECHANISM is not set, but KAFKA_SECURITY_PROTOCOL is SASL_SSL: choose PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, AWS_MSK_IAM or OAUTHBEARER.',
  ],
  [
    'SASL without a password',
    {
      ...kafka,
      KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME: 'me',
    },
    'KAFKA_SASL_PASSWORD is not set, but KAFKA_SECURITY_PROTOCOL is SASL_SSL: set it.',
  ],
  [
    'a CA without TLS',
    { ...kafka, KAFKA_CA: certificate, KAFKA_SECURITY_PROTOCOL: 'PLAINTEXT' },
    'KAFKA_SECURITY_PROTOCOL is PLAINTEXT, which uses no KAFKA_CA: choose SSL or SASL_SSL.',
  ],
  [
    'a CA that is not a certificate',
    { ...kafka, KAFKA_CA: 'hunter2' },
    'KAFKA_CA cannot be read: give a certificate in PEM, which begins with -----BEGIN.',
  ],
  [
    'a certificate in place of its key',
    { ...kafka, KAFKA_CERTIFICATE: certificate, KAFKA_PRIVATE_KEY: certificate },
    'KAFKA_PRIVATE_KEY cannot be read: give a private key without a password in PEM, which begins with -----BEGIN.',
  ],
  [
    'a certificate alone',
    { ...kafka, KAFKA_CERTIFICATE: certificate },
    'KAFKA_CERTIFICATE is set, but KAFKA_PRIVATE_KEY is not: a client certificate needs both.',
  ],
  [
    'a key alone',
    { ...kafka, KAFKA_PRIVATE_KEY: privateKey },
    'KAFKA_PRIVATE_KEY is set, but KAFKA_CERTIFICATE is not: a client certificate needs both.',
  ],
  [
    'a key of another certificate',
    { ...kafka, KAFKA_CERTIFICATE: certificate, KAFKA_PRIVATE_KEY: privateKey },
    'KAFKA_PRIVATE_KEY does not belong to KAFKA_CERTIFICATE: use the key and the certificate of one pair.',
  ],
  [
    'a missing file',
    { ...kafka, KAFKA_CA_PATH: '/ca.pem' },
    'KAFKA_CA_PATH is "/ca.pem", which does not exist: give the path of a readable file.',
  ],
  [
    'a file that is not PEM',
    { ...kafka, KAFKA_CA_PATH: '/text' },
    'KAFKA_CA_PATH cannot be read: give a certificate in PEM, which begins with -----BEGIN.',
  ],
  [
    'an address of Slack that is not a URL',
    { ...kafka, SLACK_API_URL: 'slack' },
    'SLACK_API_URL is "slack": write a URL such as https://slack.com/api/.',
  ],
  [
    'a bot token for Socket Mode, without showing it',
    { ...kafka, SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xoxb-secret' },
    'SLACK_APP_TOKEN cannot be used: write an app-level token, xapp-…; a bot token, xoxb-…, belongs in SLACK_BOT_TOKEN.',
  ],
  [
    'Socket Mode without a bot token',
    { ...kafka, SLACK_APP_TOKEN: 'xapp-1' },
    'SLACK_APP_TOKEN has no effect without a bot token: set SLACK_BOT_TOKEN, too.',
  ],
  ...['ftp://secret', 'https://secret@example.com', 'secret'].map(
    (url): [string, NodeJS.ProcessEnv, string] => [
      'a ping URL that cannot be called, without showing it',
      { ...kafka, WATCHDOG_PING_URL: url },
      'WATCHDOG_PING_URL cannot be used: write an http or https URL without a user, such as https://hc-ping.com/your-uuid.',
    ],
  ),
  [
    'a missing settings file',
    { WATCHDOG_CONFIG: '/none.yaml' },
    'WATCHDOG_CONFIG is "/none.yaml", which does not exist: give the path of a readable file.',
  ],
  [
    'a cluster name beside a settings file',
    { WATCHDOG_CONFIG: '/text', WATCHDOG_CLUSTER: 'a' },
    'WATCHDOG_CLUSTER has no effect beside WATCHDOG_CONFIG: unset it and name the cluster in the file.',
  ],
])('refuses %s', (_, env, message) => {
  expect(refusal(() => readSettings(env, files({ '/text': 'just text' })))).toBe(message)
})
