import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { CommittedOffsets } from '../../functions/core/columns/committed-offsets.ts'
import { findCoordinator } from '../../functions/kafka/protocol/messages/find-coordinator.ts'
import { offsetFetch } from '../../functions/kafka/protocol/messages/offset-fetch.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { connected } from '../kafka/scan/read.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

// Brokers accept offsets of the group "", and clients before Kafka 4.0 commit them. The newer group protocols refuse
// this group id.

let bootstrap: readonly string[]
let slack: FakeSlack
let dog: Watchdog

beforeAll(async () => {
  slack = await startSlack()
  bootstrap = await sharedKafka()
  dog = await watchdog({
    KAFKA_BROKERS: bootstrap.join(),
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.url,
  })
})
afterAll(async () => {
  await dog?.[Symbol.asyncDispose]()
  await slack?.stop()
})

/** The offset of the group "", which kafkajs refuses to ask about. Undefined if there is none. */
const committed = (topic: string): Promise<bigint | undefined> =>
  connected(bootstrap, {}, async connection => {
    const [found] = await connection.sendToAny(findCoordinator, { groups: [''] })
    const into = new CommittedOffsets()
    const groups = [{ group: '', topics: [{ topic, partitions: [0] }] }]
    await connection.send(found?.broker ?? -1, offsetFetch, { groups, requireStable: true, into })
    return into.length > 0 ? into.offset[0] : undefined
  })

test('the empty group id works in every command, including loss and restore', async () => {
  const topic = unique('orders')
  const partition = { topic, partition: 0 }
  await createTopic(bootstrap, topic, { records: 100 })
  const ofEmptyGroup = ({ commits }: Awaited<ReturnType<Watchdog['snapshot']>>) =>
    commits.filter(({ group, topic: its }) => group === '' && its === topic)
  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await dog.cli(args)
    return { code, stderr, stdout }
  }

  const offsets = [{ ...partition, offset: 60n }]
  await commitRaw(bootstrap, [{ group: '', offsets }])
  const before = await dog.snapshot()
  expect(before.problems.filter(({ scope }) => scope.group === '')).toEqual([])
  expect(ofEmptyGroup(before)).toMatchObject([{ kind: 'simple', offset: 60n, gone: null }])

  await commitRaw(bootstrap, [{ group: '', offsets, expiresIn: 100 }])
  while ((await committed(topic)) !== undefined) await sleep(100)
  const after = await dog.snapshot()
  expect(after.problems.filter(({ scope }) => scope.group === '')).toEqual([])
  expect(ofEmptyGroup(after)).toMatchObject([{ offset: 60n, gone: { reason: 'expired' } }])

  expect(await cli('status', '--group', '')).toMatchObject({ code: 0 })
  expect((await cli('lookup', '')).stdout).toContain('(empty) · simple')
  expect((await cli('lookup', '', '--topic', topic, '--csv')).stdout).toBe(`${topic},0,60\n`)
  expect((await cli('lookup', '', '--history')).stdout).toContain('60 is gone')
  expect((await cli('watch')).code).toBe(0)
  expect(slack.messages.map(({ text }) => text)).toContainEqual(
    expect.stringContaining('(empty name) on `prod` has lost'),
  )
  expect((await cli('ack', '')).stdout).toContain('prod · (empty) · loss of ')

  const plan = await cli('restore', '', '--topic', topic)
  expect(plan).toMatchObject({ code: 0, stderr: '' })
  expect(plan.stdout).toContain(`offset-watchdog restore --cluster=prod --topic=${topic} --execute -- ''`)
  expect((await cli('restore', '', '--topic', topic, '--execute', '--yes')).code).toBe(0)
  expect(await committed(topic)).toBe(60n)
  expect(ofEmptyGroup(await dog.snapshot())).toMatchObject([{ offset: 60n, gone: null }])
})
