import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { grant, type Right, rightsToWatch, withdraw } from '../brokers/acls.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { type JavaClients, startJavaClients } from '../brokers/clients/java-clients.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

// For a client whose right is withdrawn, Kafka looks as if its groups or their offsets were gone.

const principal = 'User:CN=watchdog'
const simple = ['invoices', 'payments']
let kafka: SecuredKafka
let clients: JavaClients
let environment: NodeJS.ProcessEnv
let dog: Watchdog

beforeAll(async () => {
  kafka = await startSecuredKafka({ retentionMinutes: 600 })
  await createTopic(kafka.bootstrap, 'orders', { records: 5 })
  const offset = { topic: 'orders', partition: 0, offset: 2n }
  await commitRaw(
    kafka.bootstrap,
    simple.map(group => ({ group, offsets: [offset] })),
  )
  clients = await startJavaClients(kafka.bootstrap)
  await Promise.all(
    [clients.classic('shipping'), clients.consumer('pricing')].map(async member => {
      await member.subscribe('orders')
      await member.commit(offset)
    }),
  )
  environment = {
    KAFKA_BROKERS: kafka.mtls.join(),
    KAFKA_CA: kafka.ca,
    KAFKA_CERTIFICATE: kafka.client.certificate,
    KAFKA_PRIVATE_KEY: kafka.client.privateKey,
  }
})
afterAll(async () => {
  await clients?.kill()
  await kafka?.close()
})

beforeEach(async () => {
  await given(rightsToWatch)
  dog = await watchdog(environment)
  expect(await dog.snapshot()).toMatchObject({
    complete: true,
    problems: [],
    counts: { commits: 4, gone: 0 },
  })
})
afterEach(async () => {
  await dog?.[Symbol.asyncDispose]()
  await taken(rightsToWatch)
})

const given = (rights: readonly Right[]) => grant(kafka.bootstrap, principal, rights)
const taken = (rights: readonly Right[]) => withdraw(kafka.bootstrap, principal, rights)

const all = (on: Right['on']): Right => ({ on, operation: 'DESCRIBE' })

describe('nothing is gone after DESCRIBE is withdrawn between two snapshots', () => {
  test.each<[string, Right[], RegExp]>([
    ['on the cluster', [all('CLUSTER')], /DESCRIBE on the cluster/],
    ['on all groups', [all('GROUP')], /grant the watchdog DESCRIBE on all groups/],
    ['on all topics', [all('TOPIC')], /grant the watchdog DESCRIBE on all topics/],
    [
      'on cluster and groups, so that no group is listed',
      [all('CLUSTER'), all('GROUP')],
      /DESCRIBE on all groups/,
    ],
    ['on everything', [all('CLUSTER'), all('GROUP'), all('TOPIC')], /DESCRIBE on all groups/],
  ])('%s', async (_, rights, remedy) => {
    await taken(rights)
    const { code, stdout } = await dog.cli(['snapshot', '--json'])
    expect(code).toBe(4)
    const [head] = JSON.parse(stdout).snapshots
    expect(head).toMatchObject({ complete: false, counts: { commits: 4, gone: 0 } })
    expect(head.problems).toContainEqual({
      scope: expect.anything(),
      code: 'not-authorized',
      message: expect.stringMatching(remedy),
    })

    const partial = await dog.snapshot()
    expect(partial.commits).toHaveLength(4)
    for (const { gone, previousCommit: before, offset } of partial.commits) {
      expect({ gone, before, offset }).toEqual({ gone: null, before: null, offset: 2n })
    }
    expect(await dog.cli(['status', '--check'])).toMatchObject({ code: 4, stderr: '' })

    await given(rights)
    const restored = await dog.snapshot()
    expect(restored).toMatchObject({ complete: true, problems: [], counts: { commits: 4, gone: 0 } })
    expect((await dog.cli(['status', '--check'])).code).toBe(0)
  })
})

test('rights on the groups in the settings are enough for these groups', async () => {
  await taken(rightsToWatch)
  const own: Right[] = [
    { on: 'GROUP', operation: 'DESCRIBE', name: 'invoices' },
    { on: 'TOPIC', operation: 'DESCRIBE', name: 'orders' },
  ]
  await given(own)
  await using team = await watchdog(environment, 'groups: [invoices], retention: 10h')

  expect((await team.cli(['snapshot'])).code).toBe(0)
  const { complete, problems, commits } = await team.snapshot()
  expect({ complete, problems }).toEqual({ complete: true, problems: [] })
  expect(commits.map(({ group, offset }) => [group, offset])).toEqual([['invoices', 2n]])
  await taken(own)
})
