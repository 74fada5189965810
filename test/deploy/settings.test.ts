import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'
import { stringify } from 'yaml'
import { deployed } from '../../functions/handlers/deployed-settings.ts'
import { type Neighbour, readDeployment } from '../../infra/settings.ts'
import { osls } from './osls.ts'

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))

const reference = (name: string) => `\${${name}}`
const slack = { botToken: reference('SLACK_BOT_TOKEN'), channel: '#orders' }
const kafka = { brokers: 'kafka:9092' }
const iam = { ...kafka, securityProtocol: 'SASL_SSL', saslMechanism: 'AWS_MSK_IAM' }
const msk = { arn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/6a0f1e2d-2' }
const file = join(folder, 'watchdog.yaml')

function deploymentOf(settings: object) {
  writeFileSync(file, stringify({ slack, ...settings }))
  return readDeployment(file)
}

describe('settings with a mistake are refused', () => {
  test.each([
    {
      mistake: 'a typo',
      settings: { clusters: [{ name: 'prod', kafka, retenttion: '7d' }] },
      says: 'is not a setting: did you mean retention?',
    },
    {
      mistake: 'no brokers',
      settings: { clusters: [{ name: 'prod' }] },
      says: `cluster "prod" in ${file} has no kafka.brokers: write host:port of some brokers.`,
    },
    {
      mistake: 'an existing bucket that this stack would share',
      settings: {
        store: 's3://bucket/team-a',
        storeSharedWith: ['team-b'],
        clusters: [{ name: 'prod', kafka }],
      },
      says: `storeSharedWith in ${file} is only for the stack that creates the bucket: leave out either storeSharedWith or store.`,
    },
    {
      mistake: 'a prefix with a wildcard',
      settings: { store: 's3://bucket/team-*', clusters: [{ name: 'prod', kafka }] },
      says: `store in ${file} must be s3://bucket/prefix on AWS, with only letters, digits,`,
    },
    {
      mistake: 'a prefix of another stack with a slash at its end',
      settings: { storeSharedWith: ['team-b/'], clusters: [{ name: 'prod', kafka }] },
      says: 'write a prefix such as team-a, without a slash at its end',
    },
    {
      mistake: 'a channel without a token',
      settings: { slack: { channel: '#orders' }, clusters: [{ name: 'prod', kafka }] },
      says: `slack.botToken in ${file} is not set: write ${reference('SLACK_BOT_TOKEN')}, or leave slack out`,
    },
    {
      mistake: 'the secret of a webhook in plain text',
      settings: {
        webhooks: [{ format: 'cloudevents', url: 'https://hooks.example.com', secret: 'secret' }],
        clusters: [{ name: 'prod', kafka }],
      },
      says: `secret in ${file} would put a secret into the package: write secret: ${reference('NAME')}`,
    },
    {
      mistake: 'the secret of a webhook in a file',
      settings: {
        webhooks: [{ format: 'cloudevents', url: 'https://hooks.example.com', secretPath: '/run/secret' }],
        clusters: [{ name: 'prod', kafka }],
      },
      says: `secretPath in ${file} would put a secret into the package: write secret: ${reference('NAME')}`,
    },
    {
      mistake: 'a password in plain text',
      settings: { clusters: [{ name: 'prod', kafka: { ...kafka, saslPassword: 'secret' } }] },
      says: `saslPassword in ${file} would put a secret into the package: write saslPassword: ${reference('NAME')}`,
    },
    {
      mistake: 'an OAuth client secret in plain text',
      settings: { clusters: [{ name: 'prod', kafka: { ...kafka, saslOauthClientSecret: 'secret' } }] },
      says: `saslOauthClientSecret in ${file} would put a secret into the package: write saslOauthClientSecret: ${reference('NAME')}`,
    },
    {
      mistake: 'IAM sign-in without an MSK cluster',
      settings: { clusters: [{ name: 'prod', kafka: { ...iam, saslAwsRegion: 'eu-west-1' } }] },
      says: `cluster "prod" in ${file} uses AWS_MSK_IAM, but has no ARN for the rights of the function: write msk.arn`,
    },
    {
      mistake: 'an MSK cluster without IAM sign-in',
      settings: { clusters: [{ name: 'prod', kafka, msk }] },
      says: `msk.arn of cluster "prod" in ${file} gives rights that only saslMechanism AWS_MSK_IAM uses`,
    },
    {
      mistake: 'an ARN that is not an MSK cluster’s',
      settings: { clusters: [{ name: 'prod', kafka: iam, msk: { arn: 'arn:aws:s3:::orders' } }] },
      says: `clusters[0].msk.arn in ${file} is "arn:aws:s3:::orders": write the ARN of a cluster`,
    },
    {
      mistake: 'a token file',
      settings: {
        clusters: [
          {
            name: 'prod',
            kafka: { ...iam, saslMechanism: 'OAUTHBEARER', saslOauthTokenPath: '/var/run/token' },
          },
        ],
      },
      says: `saslOauthTokenPath of cluster "prod" in ${file} names a file, but a function on AWS has no such file`,
    },
    {
      mistake: 'a token of Socket Mode, beside the function’s URL',
      settings: {
        slack: { ...slack, appToken: reference('SLACK_APP_TOKEN') },
        clusters: [{ name: 'prod', kafka }],
      },
      says: `slack.appToken in ${file} has no effect on AWS, because clicks and commands arrive at the function URL: leave it out.`,
    },
    {
      mistake: 'a host that is not Slack’s',
      settings: {
        slack: { ...slack, apiUrl: 'http://127.0.0.1:9/api/' },
        clusters: [{ name: 'prod', kafka }],
      },
      says: `slack.apiUrl in ${file} would let a function send its answers to a host other than Slack`,
    },
    {
      mistake: 'a missing included file',
      settings: { clusters: [{ name: 'prod', kafka, include: ['teams/missing.yaml'] }] },
      says: `clusters[0].include[0] in ${file} is "${join(folder, 'teams/missing.yaml')}", which `,
    },
    {
      mistake: 'a key file',
      settings: { clusters: [{ name: 'prod', kafka: { ...kafka, privateKeyPath: 'key.pem' } }] },
      says: `privateKeyPath in ${file} would put a secret into the package: write privateKey: ${reference('NAME')}`,
    },
    {
      mistake: 'an interval that EventBridge Scheduler does not support',
      settings: { interval: '90s', clusters: [{ name: 'prod', kafka }] },
      says: `interval in ${file} must be whole minutes on AWS: write for example 15m.`,
    },
    {
      mistake: 'an interval too long for an alarm',
      settings: { interval: '85h', clusters: [{ name: 'prod', kafka }] },
      says: `interval in ${file} must be at most 84h on AWS`,
    },
    {
      mistake: 'the URL of a dead man’s switch in plain text',
      settings: { pingUrl: 'https://hc-ping.com/uuid', clusters: [{ name: 'prod', kafka }] },
      says: `pingUrl in ${file} would put a secret into the package: write pingUrl: ${reference('NAME')}`,
    },
    ...[0, -1, 2.5, '5', null].map(reservedConcurrency => ({
      mistake: `a concurrency of ${JSON.stringify(reservedConcurrency)}`,
      settings: { slack: { ...slack, reservedConcurrency }, clusters: [{ name: 'prod', kafka }] },
      says: `slack.reservedConcurrency in ${file} is ${JSON.stringify(reservedConcurrency)}: write a whole number from 1.`,
    })),
  ])('$mistake', ({ settings, says }) => {
    expect(() => deploymentOf(settings)).toThrow(says)
  })

  test('the example has no mistake', () => {
    const example = fileURLToPath(new URL('../../infra/watchdog.example.yaml', import.meta.url))
    expect(readDeployment(example).settings.clusters).toMatchObject([{ name: 'my-cluster' }])
  })

  test('a missing file', () => {
    expect(() => readDeployment(join(folder, 'missing.yaml'))).toThrow(
      'cannot be read: copy infra/watchdog.example.yaml to watchdog.yaml',
    )
  })

  test('osls package refuses them, too, and makes nothing', async () => {
    using wrong = osls('wrong', { slack, clusters: [{ name: 'prod', kafka, levles: {} }] })
    const said = await wrong.run('package').catch(String)
    // The sentence occurs once, although the settings are read in several places.
    expect(said.match(/levles in .* did you mean levels\?/g)).toHaveLength(1)
    expect(existsSync(join(wrong.folder, '.serverless'))).toBe(false)
  })

  test('osls package also checks the parameters of its command line', async () => {
    using wrong = osls('wrong', { slack, clusters: [{ name: 'prod', kafka }] })
    await expect(wrong.run('package', '--param', 'alarmMail=me@example.com')).rejects.toThrow(
      '--param alarmMail is not a setting: did you mean alarmEmail?',
    )
  })
})

describe('a function is packaged with', () => {
  const settings = {
    store: './elsewhere',
    storeSharedWith: ['team-a'],
    clusters: [
      { name: 'prod', kafka, retention: '3d' },
      {
        name: 'test',
        kafka: { ...kafka, certificate: reference('CERTIFICATE'), privateKey: reference('KEY') },
      },
    ],
  }
  const packagedFor = (neighbours: Neighbour[]) =>
    deploymentOf(settings).packagedFor(neighbours, '/offset-watchdog/prod')

  test('its own cluster, and the parameters of the secrets that it needs', () => {
    expect([...packagedFor(['kafka'])]).toEqual([
      ['prod', { settings: { slack: {}, clusters: [settings.clusters[0]] }, parameters: {} }],
      [
        'test',
        {
          settings: { slack: {}, clusters: [settings.clusters[1]] },
          parameters: {
            CERTIFICATE: '/offset-watchdog/prod/test/CERTIFICATE',
            KEY: '/offset-watchdog/prod/test/KEY',
          },
        },
      ],
    ])
  })

  test('the files that the settings include', async () => {
    const team = 'routes: [{ pattern: "payments-*", owner: team-payments }]'
    mkdirSync(join(folder, 'teams'), { recursive: true })
    writeFileSync(join(folder, 'teams', 'payments.yaml'), team)
    const clusters = [{ name: 'prod', kafka, include: ['teams/*.yaml'] }]
    const packaged = deploymentOf({ clusters }).packagedFor([], '/x').get('prod')
    expect(packaged?.files).toEqual({ 'teams/payments.yaml': team })

    const deployedTo = join(folder, 'deployed')
    mkdirSync(deployedTo)
    writeFileSync(join(deployedTo, 'prod.json'), JSON.stringify(packaged))
    const { cluster } = await deployed('prod', deployedTo)
    expect(cluster.policy.routes).toMatchObject([
      { pattern: 'payments-*', owner: 'team-payments', place: { file: 'teams/payments.yaml', index: 0 } },
    ])
  })

  test('the ARN of its cluster, only if it signs in there', () => {
    const deployment = deploymentOf({ clusters: [{ name: 'prod', kafka: iam, msk }] })
    const clusterOf = (neighbour: Neighbour) =>
      deployment.packagedFor([neighbour], '/x').get('prod')?.settings.clusters
    expect(clusterOf('kafka')).toEqual([{ name: 'prod', kafka: iam, msk }])
    expect(clusterOf('slack-posting')).toEqual([{ name: 'prod', kafka: {} }])
  })

  test('no settings of Kafka, if it does not use Kafka', () => {
    expect(packagedFor(['slack-posting']).get('test')).toEqual({
      settings: { slack, clusters: [{ name: 'test', kafka: {} }] },
      parameters: { SLACK_BOT_TOKEN: '/offset-watchdog/prod/SLACK_BOT_TOKEN' },
    })
  })

  test('the URL of the dead man’s switch, only if the function pings this URL', () => {
    const pingUrl = reference('WATCHDOG_PING_URL')
    const found = (neighbours: Neighbour[]) =>
      deploymentOf({ ...settings, pingUrl })
        .packagedFor(neighbours, '/offset-watchdog/prod')
        .get('prod')
    expect(found(['ping'])).toMatchObject({
      settings: { pingUrl },
      parameters: { WATCHDOG_PING_URL: '/offset-watchdog/prod/WATCHDOG_PING_URL' },
    })
    expect(found(['slack-posting'])?.settings).not.toHaveProperty('pingUrl')
  })

  test('webhooks and their secrets, only if it sends to them', () => {
    const webhooks = [
      { format: 'cloudevents', url: reference('PAGER_URL'), secret: reference('PAGER_SECRET') },
    ]
    const found = (neighbours: Neighbour[]) =>
      deploymentOf({ ...settings, webhooks })
        .packagedFor(neighbours, '/offset-watchdog/prod')
        .get('prod')
    expect(found(['webhooks'])).toMatchObject({
      settings: { webhooks },
      parameters: {
        PAGER_URL: '/offset-watchdog/prod/PAGER_URL',
        PAGER_SECRET: '/offset-watchdog/prod/PAGER_SECRET',
      },
    })
    expect(found(['kafka', 'slack-posting', 'ping'])?.settings).not.toHaveProperty('webhooks')
  })

  test('no Slack, if the settings have none', () => {
    writeFileSync(file, stringify({ clusters: [{ name: 'prod', kafka }] }))
    expect(readDeployment(file).settings.slack).toBeUndefined()
  })

  test('no secrets, if it needs none', () => {
    expect(packagedFor([]).get('test')?.parameters).toEqual({})
  })
})
