import { expect, test } from '@jest/globals'
import { newestKafka } from '../brokers/libraries.ts'
import { run } from './run.ts'
import { tell } from './tell.ts'

// Runs the short form of `npm run accuracy`: every row, in both modes, with few partitions and with brokers that
// restart.
test('the broker does what the snapshots say about deadlines', async () => {
  const outcome = await run({
    kafka: newestKafka,
    brokers: 3,
    compression: 'none',
    compaction: false,
    modes: ['exact', 'observed'],
    size: { groups: 1, partitions: 2 },
  })
  const { text, failed } = tell(outcome)
  if (failed.length > 0) process.stdout.write(`${text}\n`)
  expect(failed).toEqual([])
}, 600_000)
