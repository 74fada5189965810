import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { randomCases } from '../../random-cases.ts'
import { keyOf } from './kafka.ts'
import { Operation } from './operation.ts'
import { steps } from './step.ts'

// Random histories of the store, of clocks, of channels and of the runs. The tests check the state at the end.

/** `npm run histories` sets HISTORIES. */
const numRuns = Number(process.env.HISTORIES ?? randomCases(100))

test(
  'the watchdog reports each loss that it can know of and no other, and says when it cannot look',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), steps, async (hasLog, history) => {
        const operation = new Operation(hasLog)
        await operation.begin()
        for (const step of history) {
          await operation.take(step)
          expect(operation.wrongs).toEqual([])
        }
        operation.putRight()
        const known = (await operation.rows()).map(keyOf)
        await operation.settle()
        expect(operation.wrongs).toEqual([])

        await reportsEveryLoss(operation, known)
        expect(operation.postedTwice).toEqual([])
        await postsNothingAgain(operation)
      }),
      { numRuns },
    )
  },
  60_000 + 500 * numRuns,
)

async function reportsEveryLoss(operation: Operation, known: readonly string[]): Promise<void> {
  const rows = await operation.rows()
  expect(rows.map(keyOf)).toEqual(expect.arrayContaining([...known]))
  for (const row of rows) {
    if (operation.kafka.isThere(keyOf(row))) continue
    expect(row).toMatchObject({ gone: expect.anything() })
    if (!operation.isReportedLost(keyOf(row), row.offset))
      throw new Error(`no message says that ${keyOf(row)} has lost ${row.offset}`)
  }
}

async function postsNothingAgain(operation: Operation): Promise<void> {
  const { slack } = operation
  const before = [slack.posts.length, slack.edits]
  expect(await operation.again()).toMatchObject({ posted: 0, edited: 0 })
  expect([slack.posts.length, slack.edits]).toEqual(before)
}
