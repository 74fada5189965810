import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { run } from '../cli/run.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { type Operator, operatorOf } from './restoring.ts'

// A broker stores the −1, −2 and −1001 that some clients commit if they have no position. Consumers treat each as no
// offset.

const real = [50n, 60n, 70n]
const negative = [-1n, -2n, -1001n]

let bootstrap: readonly string[]
let truth: Witness
let slack: FakeSlack

beforeAll(async () => {
  slack = await startSlack()
  bootstrap = await sharedKafka()
  truth = await witness(bootstrap)
})
afterAll(async () => {
  await truth?.close()
  await slack?.stop()
})

const modes: [mode: string, reasons: string[], settings: NodeJS.ProcessEnv][] = [
  ['exact', ['negative', 'negative', 'negative'], {}],
  // In observed mode a −1 looks like a missing offset.
  ['observed', ['unknown', 'negative', 'negative'], { WATCHDOG_LOG_TIME: '0s' }],
]

test.each(modes)(
  'negative offsets are a loss in %s mode, and the offsets before them are restored',
  async (_, reasons, more) => {
    const [group, topic] = [unique('negative'), unique('orders')]
    const place = (offsets: readonly bigint[]) =>
      offsets.map((offset, partition) => ({ topic, partition, offset }))
    const csv = real.map((offset, partition) => `${topic},${partition},${offset}\n`).join('')

    await createTopic(bootstrap, topic, { partitions: 3, records: 100 })
    const operator: Operator = await operatorOf(bootstrap, {
      SLACK_BOT_TOKEN: slack.token,
      SLACK_API_URL: slack.url,
      ...more,
    })
    const cli = (...args: string[]) => run(args, operator.environment)
    try {
      await commitRaw(bootstrap, [{ group, offsets: place(real) }])
      await operator.snapshot(group)
      await commitRaw(bootstrap, [{ group, offsets: place(negative) }])
      await operator.snapshot(group)

      const looked = JSON.parse((await cli('lookup', group, '--json')).stdout)
      expect(looked.partitions.map(({ offset }: { offset: string }) => offset)).toEqual(['50', '60', '70'])
      expect(looked.partitions.map(({ reason }: { reason: string }) => reason)).toEqual(reasons)
      expect((await cli('lookup', group, '--csv')).stdout).toBe(csv)
      expect((await cli('watch')).code).toBe(0)
      expect(slack.messages.map(({ text }) => text)).toContainEqual(
        expect.stringContaining(`\`${group}\` on \`prod\` has lost 3 committed offsets`),
      )

      const restored = await cli('restore', group, '--execute', '--yes')
      expect(restored.code).toBe(0)
      const committed = [0, 1, 2].map(partition => truth.committed(group, { topic, partition }))
      expect(await Promise.all(committed)).toEqual(real)
      await operator.snapshot(group)
      const { stdout } = await cli('status', '--json', '--group', group)
      expect(JSON.parse(stdout).clusters[0]).toMatchObject({
        commits: real.map(offset => ({ offset: String(offset) })),
        gone: [],
      })
    } finally {
      await operator[Symbol.asyncDispose]()
    }
  },
)

test('the offset before a negative one can still be restored after the negative one expired', async () => {
  const [group, topic] = [unique('negative'), unique('orders')]
  const partition = { topic, partition: 0 }
  await createTopic(bootstrap, topic, { records: 100 })
  const operator = await operatorOf(bootstrap)
  try {
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 60n }] }])
    await operator.snapshot(group)
    const offsets = [{ ...partition, offset: -1001n }]
    await commitRaw(bootstrap, [{ group, offsets }])
    await operator.snapshot(group)
    await commitRaw(bootstrap, [{ group, offsets, expiresIn: 100 }])
    await truth.waitUntilGone(group)
    await operator.snapshot(group)
    const { plan } = await operator.plan(group)
    expect(plan.rows).toMatchObject([{ currentOffset: null, target: 60n, verdict: 'restore' }])
  } finally {
    await operator[Symbol.asyncDispose]()
  }
})
