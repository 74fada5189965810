import { expect, test } from '@jest/globals'
import { rows } from './rows.ts'
import { runRecords } from './run.ts'

// The short form of the rows on unread records in `npm run accuracy`.
test('the broker does what the snapshots say about unread records', async () => {
  const { text, failed } = await runRecords(rows.filter(({ isShort }) => isShort))
  if (failed.length > 0) process.stdout.write(`${text}\n`)
  expect(failed).toEqual([])
})
