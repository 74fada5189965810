import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { ClusterSettings, Settings } from '../../functions/core/model/settings.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { watchCluster } from '../../functions/wiring/watch.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { unique } from '../brokers/shared/kafka.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Operator, operatorOf } from './restoring.ts'

// Classic groups that stopped at the same time, on a broker that deletes offsets after one minute. Only the group that
// keeps committing is in use.

const topic = unique('orders')
const [untouched, administered, restored, assigned] = [
  unique('untouched'),
  unique('administered'),
  unique('restored'),
  unique('assigned'),
]
const groups = [untouched, administered, restored, assigned]

let kafka: Kafka
let bootstrap: readonly string[]
let slack: FakeSlack
let clients: JavaClients
let operator: Operator
let settings: Settings
let cluster: ClusterSettings

beforeAll(async () => {
  slack = await startSlack()
  kafka = await startKafka({ retentionMinutes: 1 })
  bootstrap = kafka.bootstrap
  clients = await startJavaClients(bootstrap)
  operator = await operatorOf(bootstrap, {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
    SLACK_MENTION: '<!here>',
  })
  settings = { ...operator.settings, interval: 2000 }
  const [configured] = settings.clusters
  if (configured === undefined) throw new Error('there is no cluster')
  const levels = { first: 30_000, second: 29_000, last: 28_000 }
  const routes = [{ pattern: '*', channel: undefined, mention: undefined, owner: 'team-orders' }]
  cluster = { ...configured, groups, policy: { ...configured.policy, levels, routes } }
  await createTopic(bootstrap, topic, { records: 20 })
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await clients?.kill()
  await kafka?.close()
  await slack?.stop()
})

const commit = (group: string, offset: bigint) =>
  commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset }] }])
const textsOf = (group: string) =>
  slack.messages.filter(({ text }) => text.includes(group)).map(message => JSON.stringify(message))
const isTold = (group: string, words: string) => textsOf(group).some(text => text.includes(words))

test('a stopped group is posted without a mention, even if its offsets were set or restored', async () => {
  for (const group of groups) {
    const member = clients.classic(group)
    await member.subscribe(topic)
    await member.commit({ topic, partition: 0, offset: 5n })
    await member.close()
  }
  await snapshotCluster(settings, cluster)

  await commit(administered, 3n)
  await operator.restore(restored, {
    from: { kind: 'file', path: 'offsets.csv', offsets: [{ topic, partition: 0, offset: 3n }] },
  })
  const stopped = [untouched, administered, restored]
  const isOver = () => isTold(assigned, 'Last call: ') && stopped.every(group => isTold(group, 'has stopped'))
  for (let offset = 6n; !isOver(); offset++) {
    if (offset > 100n) throw new Error(`Slack has only ${JSON.stringify(slack.messages, null, 2)}`)
    await commit(assigned, offset % 20n)
    await snapshotCluster(settings, cluster)
    await watchCluster(settings, cluster)
    await sleep(500)
  }

  expect(isTold(assigned, '<!here>')).toBe(true)
  expect(isTold(assigned, 'or a tool that copies offsets, such as MirrorMaker 2')).toBe(true)
  for (const group of stopped) {
    expect(textsOf(group).filter(text => /<!here>|Committing does not help/.test(text))).toEqual([])
  }
})
