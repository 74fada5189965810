import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { steppedBackAt } from '../../functions/core/evidence/loss.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { snapshotsOf } from '../../functions/wiring/store.ts'
import { watchCluster } from '../../functions/wiring/watch.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { until } from '../brokers/until.ts'
import { run } from '../cli/run.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Operator, operatorOf } from './restoring.ts'

let bootstrap: readonly string[]
let slack: FakeSlack
let clients: JavaClients
let operator: Operator

beforeAll(async () => {
  slack = await startSlack()
  bootstrap = await sharedKafka()
  clients = await startJavaClients(bootstrap)
  operator = await operatorOf(bootstrap, {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
  })
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await clients?.kill()
  await slack?.stop()
})

const cli = (...args: string[]) => run(args, operator.environment)

test('a transaction marker at the log end is not reported as an unread record', async () => {
  const [group, topic] = [unique('transactional'), unique('orders')]
  await createTopic(bootstrap, topic)
  const producer = kafkajs(bootstrap).producer({
    transactionalId: group,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({
    topic,
    messages: Array.from({ length: 10 }, () => ({ partition: 0, value: 'v' })),
  })
  await transaction.commit()
  await producer.disconnect()

  const commit = (offset: bigint, hours: number) =>
    commitRaw(bootstrap, [
      { group, offsets: [{ topic, partition: 0, offset }], expiresIn: hours * 3_600_000 },
    ])
  await commit(9n, 80)
  await operator.snapshot(group)
  await commit(10n, 80)
  await operator.snapshot(group)

  const { commits } = JSON.parse((await cli('status', '--json', '--group', group)).stdout).clusters[0]
  expect(commits).toMatchObject([{ offset: '10', logEnd: '11', lag: '1' }])
  expect((await cli('status', '--group', group)).stdout).toContain('reads ≤ 10 again, or skips ≤ 1')
  expect((await cli('lookup', group)).stdout).toContain('yes, at most 1 record after it')
  expect((await cli('restore', group, '--all')).stdout).toContain('nothing: already there')

  const messageOf = () => JSON.stringify(slack.messages.find(({ text }) => text.includes(group)) ?? null)
  // The first level is 72 hours before the deadline.
  await cli('watch')
  await commit(10n, 70)
  await operator.snapshot(group)
  await cli('watch')
  expect(messageOf()).toContain('may lose')
  expect(messageOf()).toContain('lag at most 1 ')
  expect(messageOf()).toContain('commit its position on a timer')
  expect(messageOf()).toContain('`latest` skips at most 1 record')
})

test('in observed mode a recreated group with a lower offset counts as one that moved back', async () => {
  await using observer = await operatorOf(bootstrap, { WATCHDOG_LOG_TIME: '0s' })
  const [group, topic] = [unique('begun-again'), unique('orders')]
  await createTopic(bootstrap, topic, { records: 100 })
  const start = async (offset: bigint) => {
    const member = clients.classic(group)
    await member.subscribe(topic)
    await member.commit({ topic, partition: 0, offset })
    return member
  }
  const first = await start(90n)
  await observer.snapshot(group)
  await first.close()
  const admin = kafkajs(bootstrap).admin()
  await admin.connect()
  await admin.deleteGroups([group])
  await admin.disconnect()
  const second = await start(0n)
  await observer.snapshot(group)
  await second.close()

  const snapshot = await snapshotsOf(observer.settings).newest('prod')
  const rows = [...(snapshot?.commits ?? [])]
  expect(rows).toMatchObject([
    { state: 'Stable', offset: 0n, previousCommit: { offset: 90n, reason: 'moved-back' } },
  ])
  expect(rows.map(steppedBackAt)).toEqual([expect.any(Number)])
})

test('a member that reads and never commits is an incident until it commits', async () => {
  const [group, topic] = [unique('never-commits'), unique('orders')]
  await createTopic(bootstrap, topic, { records: 10 })
  const [prod] = operator.settings.clusters
  if (prod === undefined) throw new Error('there is no cluster')
  const settings = { ...operator.settings, interval: 1000 }
  const cluster = {
    ...prod,
    name: 'never-committed',
    groups: [group],
    policy: { ...prod.policy, neverCommittedAlerts: ['never-commits-*'] },
  }
  const look = async () => {
    await snapshotCluster(settings, cluster)
    await watchCluster(settings, cluster)
  }
  const told = () => slack.messages.filter(({ text }) => text.includes(`\`${group}\` on \`never-committed\``))

  const member = clients.classic(group, { 'auto.offset.reset': 'earliest' })
  await member.subscribe(topic)
  expect(await member.poll(60_000)).toEqual([{ topic, partition: 0, offset: 0n }])
  await look()
  expect(told()).toEqual([])
  await until(async () => {
    await look()
    return told().length > 0
  })
  await look()
  const [incident] = told()
  expect(told()).toEqual([incident])
  expect(incident?.text).toContain('reads 1 partition without any committed offset.')
  expect(JSON.stringify(incident?.attachments)).toContain(topic)

  await member.commit({ topic, partition: 0, offset: 10n })
  await look()
  expect(incident?.text).toContain('Closed: ')
  expect(incident?.text).toContain('has committed an offset for each of its partitions.')
  expect(told()).toMatchObject([
    incident,
    { thread: incident?.ts, text: expect.stringContaining('Closed: ') },
  ])
  await member.close()
})
