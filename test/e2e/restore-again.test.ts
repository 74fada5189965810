import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import type { RestoreFrom } from '../../functions/jobs/propose-restore.ts'
import { restoresOf } from '../../functions/wiring/store.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { start } from '../cli/run.ts'
import { loseOffsets, type Operator, operatorOf } from './restoring.ts'

const topic = unique('orders')
const partition = { topic, partition: 0 }

let bootstrap: readonly string[]
let truth: Witness
let operator: Operator
let group: string

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  truth = await witness(bootstrap)
})
afterAll(async () => {
  await truth?.close()
})
beforeEach(async () => {
  operator = await operatorOf(bootstrap)
  group = unique('group')
})
afterEach(async () => {
  await operator[Symbol.asyncDispose]()
})

const lost = () => loseOffsets(operator, { bootstrap, truth, group, topic })
const committed = () => Promise.all([0, 1].map(partition => truth.committed(group, { topic, partition })))

describe('a second restore does no harm', () => {
  test('right away', async () => {
    await lost()
    await operator.restore(group)
    const { plan } = await operator.plan(group)
    expect(plan.rows.map(({ verdict }) => verdict)).toEqual(['already-there', 'already-there'])
  })

  test('after a consumer has committed since, before the next snapshot and after it', async () => {
    await lost()
    await operator.restore(group)
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])
    const before = await operator.plan(group)
    expect(before.plan.rows).toMatchObject([{ verdict: 'committed-since' }, { verdict: 'already-there' }])

    await operator.snapshot(group)
    const after = await operator.plan(group)
    expect(after.plan.rows).toMatchObject([
      { verdict: 'committed-since', wanted: { restored: { offset: 4n } } },
    ])
    expect((await operator.execute(after)).rows).toEqual([])
  })

  const from: RestoreFrom = {
    kind: 'file',
    path: 'offsets.csv',
    offsets: [4n, 5n].map((offset, partition) => ({ topic, partition, offset })),
  }

  test('after the result of the first one was unknown, and a consumer has committed since', async () => {
    const { kafka } = operator
    let readings = 0
    const vanishing: typeof kafka = {
      ...kafka,
      async read(...asked) {
        if (readings++ > 0) throw new Failure('the cluster is away.')
        return kafka.read(...asked)
      },
    }
    const { rows } = await operator.execute(await operator.plan(group, { from }), { kafka: vanishing })
    expect(rows).toMatchObject([{ outcome: 'unsure' }, { outcome: 'unsure' }])
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])

    const { plan } = await operator.plan(group, { from })
    expect(plan.rows).toMatchObject([{ verdict: 'committed-since' }, { verdict: 'already-there' }])
  })

  test('after the first one was killed, and a consumer has committed since', async () => {
    const file = join(operator.folder, 'offsets.csv')
    await writeFile(file, `${topic},0,4\n${topic},1,5\n`)
    const args = ['restore', group, '--from-file', file, '--execute', '--yes']
    const { child, ended } = start(args, operator.environment)
    for await (const line of createInterface({ input: child.stderr }))
      if (line.startsWith('Read back.')) break
    child.kill('SIGKILL')
    await ended
    expect(await committed()).toEqual([4n, 5n])
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])

    const { plan } = await operator.plan(group, { from })
    expect(plan.rows).toMatchObject([{ verdict: 'committed-since' }, { verdict: 'already-there' }])
  })

  test('after the first one restored one partition, and a consumer has committed there since', async () => {
    const first = { topic, partitions: [0], all: false }
    await operator.restore(group, { from, selection: first })
    await commitRaw(bootstrap, [{ group, offsets: [{ ...partition, offset: 9n }] }])

    const { rows } = await operator.restore(group, { from })
    expect(rows).toMatchObject([{ partition: 1, outcome: 'restored' }])
    expect(await committed()).toEqual([9n, 5n])

    await operator.restore(group, { from, selection: { ...first, again: true } })
    expect(await committed()).toEqual([4n, 5n])
  })
})

test('each restore is recorded with who, when, the plan and the result', async () => {
  await lost()
  const { startedAt } = await operator.restore(group)
  const results = await restoresOf(operator.settings).resultsOf('prod', group, startedAt - 1)
  expect(results).toMatchObject([
    { group, startedAt, rows: [{ outcome: 'restored', target: 4n }, { outcome: 'restored' }] },
  ])

  const files = await readdir(join(operator.folder, 'store/restores'), { recursive: true })
  const plan = files.find(file => file.endsWith('.plan.json')) ?? ''
  const written = await readFile(join(operator.folder, 'store/restores', plan), 'utf8')
  expect(JSON.parse(written)).toMatchObject({
    group,
    startedAt: new Date(startedAt).toISOString(),
    by: { user: 'somebody', host: 'somewhere' },
    source: { kind: 'snapshot' },
    rows: [
      { ...partition, now: null, target: '4', metadata: 'note', verdict: 'restore' },
      { topic, partition: 1, now: null, target: '5', metadata: '', verdict: 'restore' },
    ],
  })
})
