import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { startKafka } from '../brokers/broker.ts'
import { type Coordinator, groupsOf } from '../brokers/coordinators.ts'
import type { KafkaVersion } from '../brokers/libraries.ts'
import { page } from './page.ts'
import { play } from './story.ts'

// The short form of `npm run compat`. All other files run on the newest version, some also on Kafka 3.9.
test.each<[KafkaVersion, Coordinator]>([
  ['4.3.1', 'new'],
  ['3.9.2', 'new'],
  ['3.6.2', 'old'],
])(
  'the compatibility story holds on Kafka %s with the %s coordinator',
  async (version, coordinator) => {
    await using kafka = await startKafka({ version, coordinator, retentionMinutes: 60 })
    const { faults } = await play({
      bootstrap: kafka.bootstrap,
      kinds: groupsOf(version, coordinator)?.kinds ?? [],
      expiry: 'own-expiry',
      mode: 'exact',
      retention: 60_000,
    })
    expect(faults).toEqual({ doctor: [], snapshot: [], ages: [], lookup: [], restore: [] })
  },
  400_000,
)

test('docs/compatibility.md is up to date with the results of `npm run compat`', () => {
  expect(readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')).toBe(page())
})
