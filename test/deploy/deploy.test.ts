import { once } from 'node:events'
import { request } from 'node:http'
import { text as bodyOf } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithPython } from '../aws/describe.ts'
import { type Aws, startAws } from '../aws/ministack.ts'
import { commitRaw } from '../kafka/clients/commit-raw.ts'
import { kafkajs } from '../kafka/clients/kafkajs.ts'
import { type SecuredKafka, startSecuredKafka } from '../kafka/secured.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Osls, osls } from './osls.ts'

/** As a settings file refers to a secret. */
const reference = (name: string) => `\${${name}}`

/** The emulator looks at whom a signature is for, not at what it signs. */
const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
})

describeWithPython('deployed to an emulator of AWS', () => {
  let aws: Aws
  let kafka: SecuredKafka
  let slack: FakeSlack
  let deployment: Osls
  const outputs = new Map<string, string>()
  const before = { ...process.env }

  beforeAll(async () => {
    const properties = { 'allow.everyone.if.no.acl.found': 'true' }
    ;[aws, kafka, slack] = await Promise.all([
      startAws(),
      startSecuredKafka({ retentionMinutes: 600, properties }),
      startSlack(),
    ])
    Object.assign(process.env, aws.env)
    deployment = osls('deployed', settings(), aws.env)

    const ssm = new SSMClient()
    const secrets = {
      SLACK_BOT_TOKEN: slack.token,
      'prod/KAFKA_CA': kafka.ca,
      'prod/KAFKA_SASL_PASSWORD': kafka.user.password,
    }
    for (const [name, Value] of Object.entries(secrets)) {
      const Name = `/offset-watchdog/deployed/${name}`
      await ssm.send(new PutParameterCommand({ Name, Value, Type: 'SecureString' }))
    }
  })

  const settings = () => ({
    interval: '1m',
    clockSkew: '0s',
    slack: { botToken: reference('SLACK_BOT_TOKEN'), apiUrl: slack.url },
    clusters: [
      {
        name: 'prod',
        kafka: {
          brokers: [...kafka.saslTls],
          securityProtocol: 'SASL_SSL',
          ca: reference('KAFKA_CA'),
          saslMechanism: 'SCRAM-SHA-512',
          saslUsername: kafka.user.username,
          saslPassword: reference('KAFKA_SASL_PASSWORD'),
        },
      },
    ],
  })

  afterAll(async () => {
    await Promise.all([aws[Symbol.asyncDispose](), kafka.close(), slack.stop()])
    deployment[Symbol.dispose]()
    process.env = before
  })

  const keys = async () => {
    const s3 = new S3Client({ forcePathStyle: true })
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: outputs.get('SnapshotBucketName') }),
    )
    return Contents.map(({ Key = '' }) => Key)
  }
  const manifests = async () => (await keys()).filter(key => key.startsWith('manifests/cluster=prod/'))

  /** Asks for what CloudFormation, Scheduler and others answer without the client of each being needed. */
  const ask = (service: string, path: string, init: RequestInit = {}) =>
    fetch(aws.env.AWS_ENDPOINT_URL + path, {
      ...init,
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request`,
      },
    }).then(response => response.text())

  async function functionLogs(): Promise<string> {
    const logs = ['snapshot', 'watch'].map(name =>
      ask('logs', '/', {
        method: 'POST',
        body: JSON.stringify({ logGroupName: `/aws/lambda/offset-watchdog-deployed-${name}` }),
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Logs_20140328.FilterLogEvents',
        },
      }),
    )
    return (await Promise.all(logs)).join('\n')
  }

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (const end = Date.now() + 110_000; Date.now() < end; await sleep(500)) {
      const found = await look()
      if (found) return found
    }
    throw new Error(`${what} did not happen; the functions said:\n${await functionLogs()}`)
  }

  test('osls deploy', async () => {
    expect(await deployment.run('deploy')).toContain('Service deployed')
    const stack = await ask('cloudformation', '/', {
      method: 'POST',
      body: new URLSearchParams({ Action: 'DescribeStacks', StackName: 'offset-watchdog-deployed' }),
    })
    for (const [, key = '', value = ''] of stack.matchAll(
      /<OutputKey>(.*?)<\/OutputKey>\s*<OutputValue>(.*?)<\/OutputValue>/g,
    )) {
      outputs.set(key, value)
    }
    expect([...outputs.keys()]).toEqual(expect.arrayContaining(['SnapshotBucketName', 'AlarmTopicArn']))
  })

  test('its schedule fires, and a snapshot lands in the bucket', async () => {
    // From here on only the event can start watch.
    const schedules = JSON.parse(await ask('scheduler', '/schedules')).Schedules as { Name: string }[]
    expect(schedules).toHaveLength(3)
    const watches = schedules.filter(({ Name }) => Name.includes('Watch'))
    expect(watches).toHaveLength(1)
    for (const { Name } of watches) await ask('scheduler', `/schedules/${Name}`, { method: 'DELETE' })

    const admin = kafkajs(kafka.bootstrap).admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'orders', numPartitions: 1 }] })
    const offsets = [{ topic: 'orders', partition: 0, offset: 0n }]
    await commitRaw(kafka.bootstrap, [{ group: 'audit', offsets }])
    const known = (await manifests()).length
    await until('a snapshot', async () => (await manifests()).length > known)
    await admin.deleteGroups(['audit'])
    await admin.disconnect()
  })

  test('its event starts watch, which alerts in Slack', async () => {
    const message = await until('the alert', () => slack.messages.find(({ text }) => text.includes('audit')))
    expect(message.text).toContain('has lost 1 committed offset')
    await until('the event', async () =>
      (await keys()).find(key => key === 'alerts/cluster=prod/published.json'),
    )
  })

  test.each([
    [{ cluster: 'elsewhere' }, 'cluster "elsewhere" is not configured: choose "prod", or add it and deploy.'],
    [
      { clusters: 'prod' },
      'the event names no cluster: send {"cluster": "name"} in place of {"clusters":"prod"}.',
    ],
  ])('%j is refused in one sentence', async (event, says) => {
    const { FunctionError, Payload } = await new LambdaClient().send(
      new InvokeCommand({
        FunctionName: 'offset-watchdog-deployed-snapshot',
        Payload: JSON.stringify(event),
      }),
    )
    expect(FunctionError).toBeDefined()
    expect(JSON.parse(Buffer.from(Payload ?? []).toString()).errorMessage).toBe(says)
  })

  test('lookup answers through the URL of its function', async () => {
    const url = new URL(outputs.get('LookupLambdaFunctionUrl') ?? '')
    async function lookUp(query: string): Promise<{ status: number | undefined; body: string }> {
      // The emulator tells by the host which function is meant.
      const asked = request(`${aws.env.AWS_ENDPOINT_URL}/${query}`, {
        headers: { host: url.host, ...signedFor('lambda') },
      }).end()
      const [response] = await once(asked, 'response')
      return { status: response.statusCode, body: await bodyOf(response) }
    }
    const { status, body } = await lookUp('?group=audit')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ cluster: 'prod', group: 'audit' })
    expect(await lookUp('?group=audit&format=csv')).toEqual({ status: 200, body: 'orders,0,0\n' })
    expect(await lookUp('?group=unknown')).toMatchObject({ status: 404 })
    expect(await lookUp('?grupe=audit')).toMatchObject({
      status: 400,
      body: expect.stringContaining('the query parameter'),
    })
  })

  test('a second deployment changes nothing', async () => {
    expect(await deployment.run('deploy')).toContain('No changes to deploy')
  })

  test('osls remove leaves the snapshots', async () => {
    const stored = await manifests()
    await deployment.run('remove')
    expect(await ask('scheduler', '/schedules')).toContain('"Schedules": []')
    expect(await manifests()).toEqual(expect.arrayContaining(stored))
  })
})
