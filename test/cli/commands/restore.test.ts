import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { type Witness, witness } from '../../brokers/witness.ts'
import { type Operator, operatorOf } from '../../e2e/restoring.ts'
import { run, start } from '../run.ts'

const topic = unique('orders')
const group = unique("it's $(touch x)")
let bootstrap: readonly string[]
let truth: Witness
let operator: Operator

beforeAll(async () => {
  bootstrap = await sharedKafka()
  truth = await witness(bootstrap)
  operator = await operatorOf(bootstrap)
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  const offsets = [4n, 5n].map((offset, partition) => ({ topic, partition, offset }))
  await commitRaw(bootstrap, [{ group, offsets }])
  await operator.snapshot(group)
  await commitRaw(bootstrap, [{ group, offsets, expiresIn: 100 }])
  await truth.waitUntilGone(group)
  await operator.snapshot(group)
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await truth?.close()
})

const restore = (...args: string[]) => run(['restore', ...args], operator.environment)

test('a dry run shows the plan and the command that carries it out, and writes nothing', async () => {
  const { code, stdout, stderr } = await restore(group)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain(`prod · ${group} · no such group now\nOffsets as of the snapshot of `)
  expect(stdout).toMatch(/^TOPIC +PARTITION +NOW +THEN +DIFFERENCE +WHAT$/m)
  expect(stdout).toMatch(new RegExp(`^${topic} +0 +– +4 +– +restore: at most 6 records to read$`, 'm'))
  expect(stdout).toContain('A consumer with assign() is never visible: make sure that none is running.')
  const quoted = `'${group.replace("'", `'\\''`)}'`
  expect(stdout).toContain(
    `Dry run: nothing was written. To write the offsets:\n\n  offset-watchdog restore --cluster=prod --execute -- ${quoted}\n`,
  )
  expect(await truth.committed(group, { topic, partition: 0 })).toBeUndefined()
})

test('--json prints the plan', async () => {
  const { code, stdout } = await restore(group, '--json', '--partition', '1')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    schemaVersion: 1,
    cluster: 'prod',
    group,
    source: { kind: 'snapshot', takenAt: expect.stringMatching(/^\d{4}-.*Z$/) },
    plan: [
      { topic, partition: 1, now: null, target: '5', difference: null, logEnd: '10', verdict: 'restore' },
    ],
    others: 1,
    result: null,
  })
})

test('a choice by topic and partition counts all other offsets, whatever their topic', async () => {
  const rates = unique('rates')
  const both = unique('both')
  await createTopic(bootstrap, rates, { records: 3 })
  const offsets = [
    { topic, partition: 0, offset: 4n },
    { topic, partition: 1, offset: 5n },
    { topic: rates, partition: 0, offset: 1n },
  ]
  await commitRaw(bootstrap, [{ group: both, offsets }])
  await operator.snapshot(group, both)
  const at = ['--at', new Date().toISOString()]
  const { stdout } = await restore(both, ...at, '--topic', topic, '--partition', '0')
  expect(stdout).toMatch(/^Not in this plan: 2 other offsets\.$/m)

  const all = await restore(both)
  expect(all.stdout.split('\n').slice(3)).toEqual([
    'No offset is lost or was reset, so there is nothing to write.',
    '',
    'Not in this plan: 3 other offsets. Choose others with --topic, --partition or --all.',
    '',
  ])

  const file = join(operator.folder, 'misspelt.csv')
  await writeFile(file, `${topic}x,0,4\n`)
  const misspelt = await restore(both, '--from-file', file)
  expect(misspelt.stdout).toMatch(new RegExp(`^${topic}x .* refused: there is no such topic$`, 'm'))
})

test('the plan warns of commits by a consumer that is not a member', async () => {
  const hidden = unique('hidden')
  const commit = (offset: bigint) =>
    commitRaw(bootstrap, [{ group: hidden, offsets: [{ topic, partition: 0, offset }] }])
  await commit(6n)
  await operator.snapshot(group, hidden)
  expect((await restore(hidden)).stdout).not.toContain('no visible members, yet')

  await commit(8n)
  const { stdout } = await restore(hidden, '--all')
  expect(stdout).toMatch(
    /^The group has no visible members, yet 1 offset changed since .* UTC\. .*assign\(\).*$/m,
  )

  const json = await restore(hidden, '--all', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ committedWithoutMembers: { offsets: 1 } })
})

test('a refused offset exits with 1', async () => {
  const file = join(operator.folder, 'offsets.csv')
  await writeFile(file, `${topic},0,-5\n${topic},1,${2n ** 60n}\n`)
  const { code, stdout } = await restore(group, '--from-file', file, '--execute', '--yes')
  expect(code).toBe(1)
  expect(stdout).toContain('refused: the offset is negative')
  expect(stdout).toContain(`refused: ${(2n ** 60n - 10n).toLocaleString('en-US')} records beyond the log end`)
  expect(stdout).toContain('There is nothing to write.')
  expect(await truth.committed(group, { topic, partition: 0 })).toBeUndefined()
})

test('a closed standard output does not end a restore in the middle', async () => {
  const [own, file] = [unique('closed'), join(operator.folder, 'closed.csv')]
  await writeFile(file, `${topic},0,4\n`)
  const args = ['restore', own, '--from-file', file, '--execute', '--yes']
  const { child, ended } = start(args, operator.environment)
  child.stdout.destroy()
  for await (const line of createInterface({ input: child.stderr })) if (line.startsWith('Read back.')) break
  child.kill('SIGKILL')
  await ended
  expect(await truth.committed(own, { topic, partition: 0 })).toBe(4n)
})

describe('restore writes nothing, and explains in one sentence:', () => {
  test.each<[string, number, string[], string]>([
    [
      'no terminal to confirm at',
      2,
      ['--execute'],
      '--execute asks for the name of the group, and there is no terminal: add --yes to write without the question.',
    ],
    ['a time without a zone', 2, ['--at', '2026-11-22T14:00'], 'The time has no zone'],
    ['--at before the first snapshot', 3, ['--at', '2020-01-01T00:00Z'], 'has no snapshot from that time'],
    [
      '--to-time in the future',
      2,
      ['--to-time', '2100-01-01T00:00Z'],
      'The time is in the future: write an earlier one.',
    ],
    ['a time and a file', 2, ['--to-time', '2020-01-01T00:00Z', '--from-file', 'x'], 'cannot be used with'],
    [
      '--at in the future',
      2,
      ['--at', '2100-01-01T00:00Z'],
      'The time is in the future: write an earlier one.',
    ],
    ['--yes without --execute', 2, ['--yes'], '--yes has no effect without --execute'],
    ['--all and --topic', 2, ['--all', '--topic', 'x'], 'cannot be used with'],
    ['a missing file', 2, ['--from-file', '/no/such'], 'cannot read "/no/such"'],
    ['a topic that the group does not have', 3, ['--topic', 'x'], 'has no offset of topic "x"'],
    ['a partition by name', 2, ['--partition', 'first'], 'Write numbers such as 0,3.'],
    ['an unknown cluster', 2, ['--cluster', 'x'], 'cluster "x" is neither configured nor in the store'],
  ])('%s', async (_, code, args, message) => {
    const outcome = await restore(group, ...args)
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(message)
    expect(outcome.stderr.trimEnd()).not.toContain('\n')
  })

  test('an unknown group', async () => {
    const { code, stderr } = await restore(`${group}x`)
    expect(code).toBe(3)
    expect(stderr).toContain('did you mean')
  })

  test('several clusters and no --cluster', async () => {
    const file = join(operator.folder, 'settings.yaml')
    const clusters = ['one', 'two'].map(
      name => `  - name: ${name}\n    kafka: { brokers: ${bootstrap.join()} }\n`,
    )
    await writeFile(file, `clusters:\n${clusters.join('')}`)
    const { code, stderr } = await run(['restore', group], { WATCHDOG_CONFIG: file })
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'there are several clusters (one, two): choose one with --cluster.\n',
    })
  })
})
