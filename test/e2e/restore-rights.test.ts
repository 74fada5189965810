import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { grant, type Right } from '../brokers/acls.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Operator, operatorOf } from './restoring.ts'

const group = 'payments'
const [orders, rates] = [
  { topic: 'orders', partition: 0 },
  { topic: 'rates', partition: 0 },
]

let kafka: SecuredKafka
let operator: Operator
/** An operator with the watchdog's credentials and the same store. */
let stranger: Operator
let truth: Witness

beforeAll(async () => {
  kafka = await startSecuredKafka()
  for (const { topic } of [orders, rates]) await createTopic(kafka.bootstrap, topic, { records: 10 })
  operator = await operatorOf(kafka.bootstrap)
  truth = await witness(kafka.bootstrap)
  const offsets = [orders, rates].map(each => ({ ...each, offset: 4n }))
  await commitRaw(kafka.bootstrap, [{ group, offsets }])
  await operator.snapshot(group)
  await commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn: 100 }])
  await truth.waitUntilGone(group)
  await operator.snapshot(group)

  stranger = await operatorOf(kafka.sasl, {
    WATCHDOG_STORE: operator.environment.WATCHDOG_STORE,
    KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
    KAFKA_SASL_MECHANISM: 'PLAIN',
    KAFKA_SASL_USERNAME: kafka.user.username,
    KAFKA_SASL_PASSWORD: kafka.user.password,
  })
})
afterAll(async () => {
  await stranger?.[Symbol.asyncDispose]()
  await operator?.[Symbol.asyncDispose]()
  await truth?.close()
  await kafka?.close()
})

const granted = (...rights: Right[]) => grant(kafka.bootstrap, 'User:watchdog', rights)

const outcomes = async () => (await stranger.restore(group)).rows.map(({ outcome, why }) => [outcome, why])

test('without rights to the group a restore names the missing ones', async () => {
  await expect(stranger.plan(group)).rejects.toThrow(
    'cannot read group "payments" now: these credentials may not see it. Grant READ on the group and on its topics.',
  )
})

test('with rights to read only, a restore writes nothing', async () => {
  await granted({ on: 'GROUP', operation: 'DESCRIBE' }, { on: 'TOPIC', operation: 'DESCRIBE' })
  const why =
    'these credentials may not commit, so grant READ on the group and on the topic (GROUP_AUTHORIZATION_FAILED)'
  expect(await outcomes()).toEqual([
    ['failed', why],
    ['failed', why],
  ])
  expect(await truth.committed(group, orders)).toBeUndefined()
})

test('with the right to one of two topics, a restore writes that topic; with both, it writes the rest', async () => {
  await granted({ on: 'GROUP', operation: 'READ' }, { on: 'TOPIC', operation: 'READ', name: orders.topic })
  expect(await outcomes()).toEqual([
    ['restored', null],
    ['failed', expect.stringContaining('TOPIC_AUTHORIZATION_FAILED')],
  ])
  expect(await truth.committed(group, rates)).toBeUndefined()

  await granted({ on: 'TOPIC', operation: 'READ', name: rates.topic })
  const proposed = await stranger.plan(group)
  expect(proposed.plan.rows.map(({ verdict }) => verdict)).toEqual(['already-there', 'restore'])
  await stranger.execute(proposed)
  expect(await truth.committed(group, rates)).toBe(4n)
})
