import { expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import { type TellWebhook, watchAndTell } from '../../functions/jobs/watch-and-tell.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { until } from '../brokers/until.ts'
import { DAY, HOUR, monday } from '../core/readings.ts'
import { cluster } from './parts.ts'
import { notifier, quietGroup, slack, store, texts, week, withStoreAndSlack } from './watching.ts'

withStoreAndSlack()

/** A watch in which a deadline reaches its first level. */
const tell = (...webhooks: TellWebhook[]) =>
  watchAndTell(
    {
      cluster,
      snapshots: store.snapshots,
      alerts: store.alerts,
      actions: actionStore(folderStore(store.folder)),
      notifier: notifier(),
      interval: 30 * DAY,
      digestAt: 8 * HOUR,
      now: () => monday + week - 72 * HOUR,
    },
    webhooks,
  )

test('messages that webhooks have accepted are counted', async () => {
  await quietGroup('app')
  const result = await tell(
    async () => 2,
    async () => 1,
  )
  expect(result).toMatchObject({ posted: 1, sent: 3, openIncidents: 1 })
})

test('a webhook that hangs delays neither Slack nor another webhook', async () => {
  await quietGroup('app')
  const hanging = Promise.withResolvers<number>()
  let told = false
  const run = tell(
    () => hanging.promise,
    async () => {
      told = true
      return 1
    },
  )
  await until(async () => told)
  expect(texts()).toHaveLength(1)
  hanging.reject(new Failure('webhook "slow": no answer within 10 s.'))
  await expect(run).rejects.toThrow('webhook "slow": no answer within 10 s.')
})

test('webhooks get messages while Slack is down, and the run fails at its end with both errors', async () => {
  await quietGroup('app')
  slack.mishaps.push({ status: 503 })
  let told = false
  const run = tell(
    async () => {
      told = true
      return 1
    },
    async () => Promise.reject(new Failure('webhook "broken": it answers with status 500.')),
  )
  await expect(run).rejects.toThrow(/Slack: .* webhook "broken": it answers with status 500\.$/)
  expect(told).toBe(true)
})

test('a defect of one webhook is not hidden by the failures of others', async () => {
  await quietGroup('app')
  const run = tell(
    async () => Promise.reject(new Failure('webhook "broken": it answers with status 500.')),
    async () => Promise.reject(new RangeError('a defect')),
  )
  await expect(run).rejects.toThrow(RangeError)
})
