import type { S3ClientConfig } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { describeWithPython } from '../aws/describe.ts'
import { grant, withdraw } from '../brokers/acls.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { snapshotOf } from '../builders/snapshots.ts'
import { violations } from '../events/schema.ts'
import { signedClick, signedForm } from '../slack/interactions/signed.ts'
import { makeBucket } from './buckets.ts'
import type { Deployment } from './deployment.ts'
import { commit, deleteGroup } from './groups.ts'
import { type Queue, subscriber } from './queue.ts'
import { shareBucket } from './second-stack.ts'
import { startWorld, type World } from './world.ts'

const hour = 3600_000
// osls takes 15 s, and more than a minute on a busy machine.

// One deployment for all tests: each test continues where the previous one ended.
describeWithPython('a deployment in an emulator of AWS', () => {
  let world: World
  let aws: Deployment
  let subscribed: Queue
  let onCall: Queue
  let outputs: Map<string, string>

  beforeAll(async () => {
    world = await startWorld('deployed')
    aws = world.aws
  })
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]()
  })

  const hears = (type: string, group?: string, times = 1) =>
    subscribed.until(type, times, ({ 'detail-type': its, detail }) => its === type && detail?.group === group)
  const bucket = () => outputs.get('SnapshotBucketName') ?? ''
  const manifests = async () =>
    (await aws.keys(bucket())).filter(key => key.startsWith('manifests/cluster=prod/'))
  const takeSnapshot = () => aws.invoke('snapshot', { cluster: 'prod' })
  const asksSlack = (request: ReturnType<typeof signedForm>) =>
    aws.callUrl(outputs.get('SlackLambdaFunctionUrl') ?? '', '', request)

  test('is made by osls deploy', async () => {
    expect(await aws.osls.run('deploy')).toContain('Service deployed')
    // A deployment has no setting for Slack's address, so the functions' environment is changed.
    for (const name of ['watch', 'slack']) await aws.configure(name, { SLACK_API_URL: world.slack.url })
    outputs = await aws.outputs()
    expect([...outputs.keys()]).toEqual(
      expect.arrayContaining(['SnapshotBucketName', 'AlarmTopicArn', 'EventBusName']),
    )
    subscribed = await subscriber(aws, 'subscribed')
    await subscribed.toEvents(outputs.get('EventBusName') ?? '')
    onCall = await subscriber(aws, 'on-call')
    await onCall.toTopic(outputs.get('AlarmTopicArn') ?? '')
  })

  test('takes snapshots on its schedule', async () => {
    const schedules = JSON.parse(await aws.rest('scheduler', 'GET', '/schedules')).Schedules as {
      Name: string
    }[]
    expect(schedules).toHaveLength(3)

    await createTopic(world.kafka.bootstrap, 'orders')
    await commit(world.kafka.bootstrap, 'audit')
    const known = (await manifests()).length
    await aws.until('a snapshot', async () => (await manifests()).length > known)

    // From here on only tests take snapshots, and only the snapshot's event starts watch.
    for (const { Name } of schedules.filter(schedule => !schedule.Name.includes('Heartbeat')))
      await aws.rest('scheduler', 'DELETE', `/schedules/${Name}`)
  })

  test('counts the metrics that its alarms use', async () => {
    const find = async () => {
      await takeSnapshot()
      return (await aws.logged('snapshot')).find(line => line.includes('"SnapshotTaken":1'))
    }
    expect(JSON.parse(await aws.until('the metric', find))).toMatchObject({
      service: 'offset-watchdog-deployed',
      cluster: 'prod',
      _aws: { CloudWatchMetrics: [{ Namespace: 'OffsetWatchdog', Dimensions: [['service', 'cluster']] }] },
    })
  })

  test('starts watch after a snapshot, and watch alerts in Slack', async () => {
    await deleteGroup(world.kafka.bootstrap, 'audit')
    await commit(world.kafka.bootstrap, 'nightly', hour)
    expect(await takeSnapshot()).toBeUndefined()

    const alertOf = (group: string) => () => world.slack.messages.find(({ text }) => text.includes(group))
    expect((await aws.until('the alert', alertOf('audit'))).text).toContain('has lost 1 committed offset')
    expect((await aws.until('the warning', alertOf('nightly'))).text).toContain('may lose 1 committed offset')
  })

  test('sends subscribers the losses, the deadlines and the incomplete snapshots', async () => {
    await hears('Snapshot Taken')
    await hears('Offsets Lost', 'audit')
    await hears('Offsets Expiring', 'nightly')

    await commit(world.kafka.bootstrap, 'audit')
    const others: Parameters<typeof grant> = [
      world.kafka.bootstrap,
      'User:somebody-else',
      [{ on: 'GROUP', operation: 'DESCRIBE', name: 'nightly' }],
    ]
    await grant(...others)
    expect(await takeSnapshot()).toBeUndefined()
    await hears('Offsets Recovered', 'audit')
    await hears('Snapshot Incomplete')
    await withdraw(...others)

    expect(subscribed.received.map(violations)).toEqual(subscribed.received.map(() => []))
  })

  test('answers lookup at the URL of its function', async () => {
    const lookUp = (query: string) => aws.callUrl(outputs.get('LookupLambdaFunctionUrl') ?? '', query)
    const { status, body } = await lookUp('?group=audit')
    expect(status).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ cluster: 'prod', group: 'audit' })
    expect(await lookUp('?group=audit&format=csv')).toEqual({ status: 200, body: 'orders,0,0\n' })
    expect(await lookUp('?group=unknown')).toMatchObject({ status: 404 })
    const says = async (query: string) => JSON.parse((await lookUp(query)).body).message
    const usage = ': ask ?group=… with topic, cluster, at or format.'
    expect(await lookUp('?grupe=audit')).toMatchObject({ status: 400 })
    expect(await says('?grupe=audit')).toBe(`the query parameter group is missing${usage}`)
    expect(await says('?group=audit&form=csv')).toBe(`the query parameter form is not known${usage}`)
    expect(await says('?group=audit&at=noon')).toContain('at is not a time such as 2026-11-22T14:00:00Z')
    expect(await says('?group=audit&cluster=test')).toBe('cluster "test" is not configured: choose prod.')
  })

  test("answers /offsets at the URL that Slack has, and only requests with Slack's signature", async () => {
    const asked = (secret: string, text: string) =>
      asksSlack(signedForm(secret, world.slack.interactivity.command(text)))
    expect(await asked('another', 'audit')).toEqual({ status: 401, body: '' })
    expect(await asked(world.signingSecret, 'audit at noon')).toMatchObject({
      status: 200,
      body: expect.stringContaining('is not a time'),
    })
    expect(world.slack.interactivity.responses).toEqual([])

    expect(await asked(world.signingSecret, 'audit')).toEqual({ status: 200, body: '' })
    const answer = await aws.until('the answer', () => world.slack.interactivity.responses[0])
    const text = expect.stringContaining('`audit` on `prod`: 1 offset')
    expect(answer).toMatchObject({ response_type: 'ephemeral', text })
  })

  test('acknowledges by a button: the message shows the user, and the click is recorded', async () => {
    const { interactivity, messages } = world.slack
    const warning = await aws.until('one', () => messages.find(({ text }) => text.includes('nightly')))
    const clicks = ['Show offsets', 'Acknowledge'].map(label => interactivity.click(warning, label))
    for (const click of clicks) await asksSlack(signedClick(world.signingSecret, click))
    await aws.until('the offsets', () => JSON.stringify(interactivity.responses).includes('`nightly` on'))
    await aws.until('the edit', () => JSON.stringify(warning.attachments).includes('by `kari`'))
    const isAudited = async () => (await aws.keys(bucket())).join().includes('actions/cluster=prod/')
    await aws.until('the click', isAudited)
    expect(await takeSnapshot()).toBeUndefined()
    await hears('Incident Acknowledged', 'nightly')
  })

  test('sends webhooks the same events, signed with their own secrets', () => {
    const events = world.pager.received.map(({ body }) => JSON.parse(body))
    expect(events.map(({ type, data }) => `${type} ${data.group}`)).toEqual(
      expect.arrayContaining([
        'offset-watchdog.offsets-lost audit',
        'offset-watchdog.offsets-recovered audit',
        'offset-watchdog.incident-acknowledged nightly',
      ]),
    )
  })

  const parameter = '/offset-watchdog/deployed/prod/KAFKA_SASL_PASSWORD'
  const storeIs = (location: string) => aws.configure('snapshot', { WATCHDOG_STORE: location })
  const bucketIs = async (name: string, made: S3ClientConfig) => {
    await makeBucket(name, made)
    await storeIs(`s3://${name}`)
  }

  test.each([
    {
      trouble: 'an unknown cluster',
      event: { cluster: 'elsewhere' },
      says: 'cluster "elsewhere" is not configured: choose "prod", or add it and deploy.',
    },
    {
      trouble: 'a malformed event',
      event: { clusters: 'prod' },
      says: 'the event names no cluster: send {"cluster": "name"} instead of {"clusters":"prod"}.',
    },
    {
      trouble: 'a missing parameter',
      cause: () => aws.putSecret('prod/KAFKA_SASL_PASSWORD', undefined),
      mend: () => aws.putSecret('prod/KAFKA_SASL_PASSWORD', world.kafka.user.password),
      says: `parameter ${parameter} is missing: aws ssm put-parameter --region eu-west-1 --type SecureString --name ${parameter} --value …`,
    },
    {
      trouble: 'expired credentials',
      cause: () => aws.putSecret('prod/KAFKA_SASL_PASSWORD', 'expired'),
      mend: () => aws.putSecret('prod/KAFKA_SASL_PASSWORD', world.kafka.user.password),
      says: 'KAFKA_SASL_PASSWORD',
    },
    {
      trouble: 'a bucket in another region',
      cause: () => bucketIs('in-another-region', { region: 'us-east-2' }),
      mend: () => storeIs(`s3://${bucket()}`),
      says: 'the bucket is in the region us-east-2. Set AWS_REGION to the region of the bucket.',
    },
    {
      trouble: 'a bucket without rights on it',
      // The emulator treats an access key of twelve digits as an account.
      cause: () =>
        bucketIs('of-others', { credentials: { accessKeyId: '222222222222', secretAccessKey: 'x' } }),
      mend: () => storeIs(`s3://${bucket()}`),
      says: 'the store s3://of-others: these credentials lack a right. Grant s3:GetObject and s3:ListBucket on the bucket and its objects.',
    },
    {
      trouble: 'a missing bucket',
      cause: () => storeIs('s3://gone'),
      mend: () => storeIs(`s3://${bucket()}`),
      says: 'the store s3://gone: there is no such bucket. Correct WATCHDOG_STORE, or create the bucket.',
    },
  ])('$trouble gives one sentence, and nothing is lost', async ({ event, cause, mend, says }) => {
    await cause?.()
    expect(await aws.invoke('snapshot', event ?? { cluster: 'prod' })).toContain(says)
    const asJson = JSON.stringify(says).slice(1, -1)
    await aws.until('its log', async () =>
      (await aws.logged('snapshot')).find(
        line => line.startsWith('{"level":"ERROR"') && line.includes(asJson),
      ),
    )

    // The next run must see the repair without a deployment.
    await mend?.()
    const known = (await manifests()).length
    expect(await takeSnapshot()).toBeUndefined()
    expect(await manifests()).toHaveLength(known + 1)
  })

  test('a second stack uses its own prefix of the bucket', () => shareBucket(aws, bucket(), 'team-a'))

  test('while Slack is down, subscribers still get a loss, and Slack gets it later', async () => {
    await aws.putSecret('SLACK_BOT_TOKEN', 'xoxb-revoked')
    await deleteGroup(world.kafka.bootstrap, 'audit')
    expect(await takeSnapshot()).toBeUndefined()
    await hears('Offsets Lost', 'audit', 2)
    expect(await aws.invoke('watch', { cluster: 'prod' })).toContain('SLACK_BOT_TOKEN')

    await aws.putSecret('SLACK_BOT_TOKEN', world.slack.token)
    const told = world.slack.messages.length
    expect(await aws.invoke('watch', { cluster: 'prod' })).toBeUndefined()
    expect(
      world.slack.messages
        .slice(told)
        .map(({ text }) => text)
        .join(),
    ).toContain('audit')
  })

  test('without new snapshots the heartbeat fails', async () => {
    expect(await aws.invoke('heartbeat', { cluster: 'prod' })).toBeUndefined()

    await makeBucket('stale')
    const takenAt = Date.now() - hour
    await snapshotStore(openStore('s3://stale')).write(snapshotOf([], { takenAt }))
    await aws.configure('heartbeat', { WATCHDOG_STORE: 's3://stale' })
    expect(await aws.invoke('heartbeat', { cluster: 'prod' })).toContain(
      'cluster "prod" has had no new snapshot for 60 minutes',
    )
  })

  test('an alarm reaches the topic of the on-call team', async () => {
    // The emulator evaluates its alarms only when a metric arrives.
    await aws.form('monitoring', {
      Action: 'PutMetricData',
      Namespace: 'test',
      'MetricData.member.1.MetricName': 'Any',
      'MetricData.member.1.Value': '1',
    })
    await onCall.until(
      'the alarm',
      1,
      ({ AlarmName, NewStateValue }) =>
        NewStateValue === 'ALARM' && String(AlarmName).includes('SnapshotErrors'),
    )
  })

  test('a second deployment changes nothing', async () => {
    expect(await aws.osls.run('deploy')).toContain('No changes to deploy')
  })

  test('osls remove leaves the snapshots', async () => {
    const stored = await manifests()
    await aws.osls.run('remove')
    expect(await aws.rest('scheduler', 'GET', '/schedules')).toContain('"Schedules": []')
    expect(await manifests()).toEqual(expect.arrayContaining(stored))
  })
})
