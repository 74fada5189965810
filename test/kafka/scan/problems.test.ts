import { expect, test } from '@jest/globals'
import { BrokerError } from '../../../functions/kafka/protocol/errors.ts'
import { Problems } from '../../../functions/kafka/requests/problems.ts'

const listed = (note: (problems: Problems) => void) => {
  const problems = new Problems()
  note(problems)
  return problems.list()
}

test('the same failure of many groups is one problem, with a few of the names', () => {
  const problems = listed(all => {
    for (let i = 0; i < 500; i++) all.group(`g${i}`, 14, 2)
    all.group('elsewhere', 14, 3)
  })
  expect(problems).toEqual([
    {
      scope: { broker: 2 },
      code: 'not-loaded',
      message:
        'Broker 2 returned no data about 500 groups ("g0", "g1", "g2" and 497 more), so the last known data is kept: the answer was COORDINATOR_LOAD_IN_PROGRESS; the next snapshot asks again.',
    },
    expect.objectContaining({ scope: { broker: 3, group: 'elsewhere' } }),
  ])
})

test('a missing right is one problem, even if several brokers report it', () => {
  const problems = listed(all => {
    all.group('a', 30, 1)
    all.group('b', 30, 2)
    all.group('c', 30)
  })
  expect(problems).toMatchObject([{ scope: {}, code: 'not-authorized' }])
})

test('repeated failures of a broker are one problem', () => {
  const problems = listed(all => {
    all.broker(new BrokerError(1, 'unreachable', 'broker 1 (kafka-1:9092) refuses the connection.'))
    all.broker(new BrokerError(1, 'unreachable', 'broker 1 (kafka-1:9092) refuses the connection.'))
    all.broker(new BrokerError(-1, 'unreachable', 'kafka:9092 refuses the connection.'))
  })
  expect(problems.map(({ scope }) => scope)).toEqual([{ broker: 1 }, {}])
})

test('a partition without a leader is named', () => {
  const [problem] = listed(all => all.log({ topic: 'orders', partition: 3 }, 5))
  expect(problem).toEqual({
    scope: { topic: 'orders', partition: 3 },
    code: 'leaderless',
    message:
      'Kafka returned no log start and log end of partition "orders-3" because no leader answers: the lag is not known until the next snapshot.',
  })
})

test('names are quoted and shortened', () => {
  const [problem] = listed(all => all.unheardOf(`a\n"${'x'.repeat(1000)}`))
  expect(problem?.message).toMatch(/offsets of group "a\\n\\"x+…x+", which the settings name/)
  expect(problem?.message.length).toBeLessThan(250)
})
