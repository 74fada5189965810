import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { Context } from 'aws-lambda'
import { Failure } from '../../functions/core/model/failure.ts'

process.env.POWERTOOLS_LOG_LEVEL = 'SILENT'
const { lambda } = await import('../../functions/handlers/lambda.ts')

/** Lambda ends the run in 5.2 s. The last 5 s are for cleaning up. */
const context: Context = {
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'any',
  functionVersion: '1',
  invokedFunctionArn: 'arn:aws:lambda:eu-west-1:000000000000:function:any',
  memoryLimitInMB: '128',
  awsRequestId: '1',
  logGroupName: 'group',
  logStreamName: 'stream',
  getRemainingTimeInMillis: () => 5_200,
  done() {},
  fail() {},
  succeed() {},
}

const overdue =
  'the run did not end within 0 s: find out what it waited for, or raise its time-out in infra/functions.yml.'

test.concurrent.each<[string, (signal: AbortSignal) => Promise<unknown>, string]>([
  ['that gives up without saying why', signal => sleep(60_000, undefined, { signal }), overdue],
  ['that ignores the signal', () => sleep(60_000, undefined, { ref: false }), overdue],
  [
    'that says what it waited for',
    signal =>
      sleep(60_000, undefined, { signal }).catch(() => Promise.reject(new Failure('Kafka did not answer.'))),
    'Kafka did not answer.',
  ],
  [
    'that takes half a second to save what it did',
    async signal => {
      await sleep(60_000, undefined, { signal }).catch(() => {})
      // It has four seconds; a busy machine needs some of them.
      await sleep(500)
      throw new Failure('it was stopped, and has saved what it did.')
    },
    'it was stopped, and has saved what it did.',
  ],
  ['that fails before the time-out', () => Promise.reject(new TypeError('a defect')), 'a defect'],
])('a run %s', async (_, job, says) => {
  const handler = lambda((_event: object, { signal }) => job(signal))
  await expect(handler({}, context)).rejects.toThrow(says)
})
