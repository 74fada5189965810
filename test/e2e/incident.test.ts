import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import type { Settings } from '../../functions/core/model/settings.ts'
import { acknowledge } from '../../functions/jobs/acknowledge.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { alertsOf } from '../../functions/wiring/store.ts'
import { watchCluster } from '../../functions/wiring/watch.ts'
import { type Kafka, startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { configs } from '../brokers/clients/consumer-groups.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { configureTopic, createTopic, produce } from '../brokers/clients/topics.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type FakeSlack, type StoredMessage, startSlack } from '../slack/server.ts'

// The whole life of incidents on a broker that deletes offsets after one minute. Another client sees when the broker
// deletes an offset.

const place = { topic: 'orders', partition: 0 }
const slow = { topic: 'slow', partition: 0 }
const rescued = { topic: 'rescued', partition: 0 }
const kari = { id: null, name: 'kari', team: null }
const groupsBehind = ['behind', 'seen-behind', 'rescued']
const properties = { 'log.retention.check.interval.ms': 1000, 'log.initial.task.delay.ms': 1000 }
let kafka: Kafka
let truth: Witness
let slack: FakeSlack
let settings: Settings
let folder: string
let clients: JavaClients
/** Runs beside the other tests, which wait for the same minute. */
let unread: { settings: Settings; life: Promise<void> }

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-e2e-'))
  slack = await startSlack()
  kafka = await startKafka({ retentionMinutes: 1, sweepMs: 1000, properties })
  truth = await witness(kafka.bootstrap)
  await createTopic(kafka.bootstrap, place.topic, { records: 20 })

  const levels = { first: '30s', second: '18s', last: '9s' }
  const ignore = groupsBehind.map(pattern => ({ pattern, reason: 'of the other cluster' }))
  settings = settingsOf('1m', { name: 'prod', levels, ignore })
  const others = settingsOf('2s', {
    name: 'records',
    groups: groupsBehind,
    levels: { first: '27s', second: '19s', last: '9s' },
  })
  clients = await startJavaClients(kafka.bootstrap)
  unread = { settings: others, life: recordsGoUnread(others) }
  unread.life.catch(() => {})
})
afterAll(async () => {
  await unread?.life.catch(() => {})
  await clients?.[Symbol.asyncDispose]()
  await truth?.[Symbol.asyncDispose]()
  await Promise.all([kafka?.[Symbol.asyncDispose](), slack?.stop()])
  await rm(folder, { recursive: true, force: true })
})

const settingsOf = (interval: string, cluster: object): Settings =>
  readSettings(
    {
      WATCHDOG_CONFIG: 'watchdog.yaml',
      SLACK_BOT_TOKEN: slack.token,
      SLACK_API_URL: slack.url,
      SLACK_CHANNEL: '#kafka',
      SLACK_MENTION: '<!here>',
    },
    () =>
      JSON.stringify({
        store: join(folder, 'store'),
        interval,
        clockSkew: '0s',
        clusters: [{ kafka: { brokers: kafka.bootstrap }, ...cluster }],
      }),
  )

const commit = (group: string, offset: bigint) =>
  commitRaw(kafka.bootstrap, [{ group, offsets: [{ ...place, offset }] }])

/** Takes snapshots and watches until Slack has the message. The time limit only ends a test that hangs. */
async function until(what: string, isThere: () => boolean, watched = settings): Promise<void> {
  for (const end = Date.now() + 240_000; !isThere(); await sleep(500)) {
    if (Date.now() > end)
      throw new Error(`Slack was not told: ${what}; it has ${JSON.stringify(texts(), null, 2)}`)
    await look(watched)
  }
}

async function look(watched: Settings): Promise<void> {
  const [cluster] = watched.clusters
  if (cluster === undefined) throw new Error('there is no cluster')
  await snapshotCluster(watched, cluster)
  await watchCluster(watched, cluster)
}

const texts = () => slack.messages.map(({ text, thread }) => `${thread ? '  ' : ''}${text}`)
const find = (group: string, words: string, is: (message: StoredMessage) => boolean = () => true) =>
  slack.messages.find(
    message => message.text.includes(`\`${group}\``) && message.text.includes(words) && is(message),
  )
const told = (group: string, words: string, is?: (message: StoredMessage) => boolean): StoredMessage => {
  const found = find(group, words, is)
  if (found) return found
  throw new Error(`nothing of ${group} says "${words}": ${JSON.stringify(texts(), null, 2)}`)
}
const inChannel = ({ thread }: StoredMessage) => thread === undefined
const permalink = ({ ts }: StoredMessage) => `p${ts.replace('.', '')}`

test('an incident opens, escalates, and is resolved by a commit', async () => {
  await Promise.all([commit('quiet', 5n), commit('seen', 7n)])
  await until('the first level', () => Boolean(find('quiet', 'may lose') && find('seen', 'may lose')))
  const parent = told('quiet', 'may lose')
  expect(parent).toMatchObject({ thread: undefined, text: expect.not.stringContaining('<!here>') })
  expect(JSON.stringify(parent.attachments)).toContain('{time_secs}')

  await acknowledge(alertsOf(settings), 'prod', 'seen', Date.now(), { by: kari })
  await until('the last level', () => find('quiet', 'Last call: ') !== undefined)
  expect(await truth.committed('quiet', place)).toBe(5n)
  expect(told('quiet', 'Closer: ')).toMatchObject({ thread: parent.ts, broadcast: true })
  const call = told('quiet', 'Last call: ')
  expect(call).toMatchObject({ thread: undefined, text: expect.stringContaining('<!here>') })
  expect(JSON.stringify(call)).toContain(permalink(parent))

  await commit('quiet', 6n)
  await until(
    'that it is over',
    () => find('quiet', 'Closed: ', ({ thread }) => thread === parent.ts) !== undefined,
  )
  expect(parent.text).toContain('Closed: `quiet` on `prod` has committed again')
  expect(told('quiet', 'Closed: ', ({ thread }) => thread === parent.ts)).toMatchObject({ broadcast: true })
})

test('an acknowledged incident mentions nobody, and its loss is still posted', async () => {
  await until('the loss', () => find('seen', 'has lost 1 committed offset') !== undefined)
  expect(await truth.committed('seen', place)).toBeUndefined()
  expect(find('seen', 'Last call: ')).toBeUndefined()
  expect(find('seen', 'Closer: ')).toBeUndefined()
  const warning = told('seen', 'Closed: ', inChannel)
  expect(told('seen', 'Acknowledged (')).toMatchObject({ thread: warning.ts, broadcast: false })
  expect(told('seen', 'has lost 1 committed offset')).toMatchObject({
    thread: undefined,
    text: expect.stringContaining('<!here>'),
  })
})

test('a loss has its offsets in its thread, becomes a reset, and ends when it is acknowledged', async () => {
  const loss = told('seen', 'has lost 1 committed offset')
  expect(JSON.stringify(loss)).toContain(permalink(told('seen', 'Closed: ', inChannel)))
  const file = slack.messages.find(({ metadata }) => metadata.event_payload.name === 'offsets.csv')
  expect(file).toMatchObject({ thread: loss.ts })
  expect(JSON.stringify(file?.attachments)).toContain('orders,0,7')

  await commit('seen', 2n)
  await until(
    'the reset',
    () => find('seen', 'has committed again', ({ thread }) => thread === loss.ts) !== undefined,
  )
  expect(loss.text).toContain('has committed again since')
  expect(told('seen', 'has committed again', ({ thread }) => thread === loss.ts)).toMatchObject({
    broadcast: true,
  })

  await acknowledge(alertsOf(settings), 'prod', 'seen', Date.now(), { by: kari })
  await until(
    'that it is seen',
    () => find('seen', 'Closed: ', ({ thread }) => thread === loss.ts) !== undefined,
  )
  expect(loss.text).toContain('somebody has acknowledged the loss')
})

/**
 * Three groups with members have read 5 of 30 records. A user acknowledges one of them, and runs Slack's first command
 * for the third. At the end two of the groups continue.
 */
async function recordsGoUnread(watched: Settings): Promise<void> {
  const [both, all] = [groupsBehind.slice(0, 2), groupsBehind]
  const are = (groups: string[], words: string) => () => groups.every(group => find(group, words))
  // The first findings of an upgrade are posted in a summary, and not as news.
  for (let looks = 0; looks < 3; looks++) await look(watched)
  const members = all.map(group => ({
    member: clients.classic(group),
    at: group === 'rescued' ? rescued : slow,
  }))
  for (const { topic } of [slow, rescued]) {
    await createTopic(kafka.bootstrap, topic)
    await configureTopic(kafka.bootstrap, topic, { 'retention.ms': '55000', 'segment.ms': '10000' })
  }
  for (const { member, at } of members) {
    await member.subscribe(at.topic)
    await member.commit({ ...at, offset: 5n })
  }
  for (const { topic } of [slow, rescued]) await produce(kafka.bootstrap, topic, { records: 30 })
  await until('unread records', are(all, 'has at most 25 unread records'), watched)
  await acknowledge(alertsOf(watched), 'records', 'seen-behind', Date.now(), { atRisk: 'records', by: kari })
  const [raise = ''] = commandsIn(told('rescued', 'unread records'))
  const raised = configs(kafka.bootstrap, ...raise.split(' ').slice(3))
  await until('the last level', () => find('behind', 'Last call: ') !== undefined, watched)
  await raised
  await until('the loss', are(both, 'has lost at most 25 unread records'), watched)

  await produce(kafka.bootstrap, slow.topic, { records: 1 })
  for (const { member } of members.slice(0, 2)) await member.commit({ ...slow, offset: 31n })
  await until('that they have caught up', are(both, 'has caught up'), watched)
  for (const { member } of members) await member.close()
}

/** The commands in a message: the first aid, and its undo. */
const commandsIn = ({ attachments }: StoredMessage): string[] =>
  JSON.stringify(attachments)
    .match(/kafka-configs [^`]*/g)
    ?.map(line => line.replaceAll('\\', '')) ?? []

test("Slack's first command gives the group more time, and its second command undoes the first", async () => {
  await unread.life
  const describe = () =>
    configs(kafka.bootstrap, '--describe', '--entity-type', 'topics', '--entity-name', rescued.topic)
  expect(await describe()).toContain('retention.ms=86455000')
  const message = told('rescued', 'Kafka keeps them for longer now', inChannel)
  const [, back = ''] = commandsIn({ ...message, ...message.edits[0] })
  await configs(kafka.bootstrap, ...back.split(' ').slice(3))
  expect(await describe()).toContain('retention.ms=55000')
  expect(find('rescued', 'has lost')).toBeUndefined()
})

test('unread records are at risk, escalate and are lost; the incident ends when the group has caught up', async () => {
  await unread.life
  const loss = told('behind', 'Closed: `behind` on `records` has caught up', inChannel)
  const warning = told('behind', 'Closed: `behind` on `records` has lost unread records', inChannel)
  expect(warning.edits[0]?.text).toMatch(
    /has at most 25 unread records, and Kafka begins to delete them between \d+ seconds and \d+ seconds from now \(it deletes whole segments\)/,
  )
  expect(told('behind', 'Closer: ')).toMatchObject({ thread: warning.ts, broadcast: true })
  expect(told('behind', 'Last call: ')).toMatchObject({
    thread: undefined,
    text: expect.stringContaining('<!here>'),
  })
  expect(loss.edits[0]?.text).toContain('has lost at most 25 unread records')
  expect(loss.edits[0]?.text).toContain('<!here>')
  expect(JSON.stringify(loss)).toContain(permalink(warning))
})

test('acknowledged unread records mention nobody, and their loss is posted', async () => {
  await unread.life
  expect(find('seen-behind', 'Last call: ')).toBeUndefined()
  const warning = told('seen-behind', 'has lost unread records', inChannel)
  expect(told('seen-behind', 'Acknowledged (')).toMatchObject({ thread: warning.ts, broadcast: false })
  const loss = told('seen-behind', 'has caught up', inChannel)
  expect(loss.edits[0]?.text).toContain('<!here>')
})

test('each incident has its own message, and no reply is posted twice', () => {
  const keys = slack.messages.map(({ metadata }) => JSON.stringify(metadata.event_payload))
  const once = keys.filter(key => !key.includes('offsets.csv'))
  expect(new Set(once).size).toBe(once.length)
})
