import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { clientsClasspath } from '../brokers/libraries.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import { type Operator, operatorOf } from './restoring.ts'

// Runs every command of docs/recovery.md from step 1 on, as it is printed, in order, in a POSIX shell.

const root = fileURLToPath(new URL('../../', import.meta.url))
const topic = unique('orders')
const group = unique('group')
let bootstrap: readonly string[]
let operator: Operator
let truth: Witness
/** A time when the group still had its offsets. */
let before: string

beforeAll(async () => {
  bootstrap = await sharedKafka()
  truth = await witness(bootstrap)
  operator = await operatorOf(bootstrap)
  await createTopic(bootstrap, topic, { partitions: 2, records: 10 })
  const offsets = [4n, 5n].map((offset, partition) => ({ topic, partition, offset }))
  await commitRaw(bootstrap, [{ group, offsets }])
  await operator.snapshot(group)
  await commitRaw(bootstrap, [{ group, offsets, expiresIn: 100 }])
  before = new Date().toISOString()
  await truth.waitUntilGone(group)
  await operator.snapshot(group)
  await installed()
})
afterAll(async () => {
  await operator?.[Symbol.asyncDispose]()
  await truth?.close()
})

const bin = () => join(operator.folder, 'bin')

/** Installs the two programs that the page names. */
async function installed(): Promise<void> {
  const tool = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  const java = ['java', ...(await clientsClasspath()), tool]
  const programs = {
    'offset-watchdog': [process.execPath, join(root, 'functions/cli/main.ts')],
    'kafka-consumer-groups': java,
  }
  await mkdir(bin())
  for (const [name, words] of Object.entries(programs)) {
    await writeFile(join(bin(), name), `#!/bin/sh\nexec ${words.map(word => `'${word}'`).join(' ')} "$@"\n`)
    await chmod(join(bin(), name), 0o755)
  }
}

async function commands(): Promise<string[]> {
  const page = await readFile(join(root, 'docs/recovery.md'), 'utf8')
  // The commands before step 1 install the tool and choose the store; `installed` does that here.
  const steps = page.slice(page.indexOf('## 1. '))
  const blocks = [...steps.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block)
  return (
    blocks
      .join('')
      .replaceAll('\\\n', '')
      .trim()
      .split('\n')
      .map(line =>
        line
          .replaceAll('my-group', group)
          .replaceAll('team.orders', topic)
          .replace(/20\d\d-\S+Z/, before),
      )
      // There is no terminal to confirm at.
      .map(line => (line.endsWith('--execute') ? `${line} --yes` : line))
  )
}

async function sh(line: string): Promise<{ line: string; code: unknown; said: string }> {
  const env = { ...operator.environment, PATH: `${bin()}${delimiter}${process.env.PATH}` }
  try {
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', line], { env, cwd: operator.folder })
    return { line, code: 0, said: stdout + stderr }
  } catch (error) {
    const { code, stdout, stderr } = Object(error)
    return { line, code, said: `${stdout}${stderr}` }
  }
}

test('the commands of docs/recovery.md work as the page says', async () => {
  const ran: Awaited<ReturnType<typeof sh>>[] = []
  for (const line of await commands()) {
    const { code, ...rest } = await sh(line)
    // Other tests use the same cluster, so the snapshot may be incomplete.
    const isFine = code === 0 || (code === 4 && line === 'offset-watchdog snapshot')
    ran.push({ ...rest, code: isFine ? 0 : code })
  }
  expect(ran.filter(({ code }) => code !== 0)).toEqual([])
  expect(ran.length).toBeGreaterThan(10)

  const said = (part: string) => ran.find(({ line }) => line.includes(part))?.said
  expect(said('lookup')).toContain('Recommended: restore.')
  expect(said('--history')).toContain('4 is gone: ')
  expect(said('restore')).toContain('Dry run: nothing was written.')
  expect(said('--execute')).toContain('Done: 2 offsets restored.')
  expect(ran.findLast(({ line }) => line.endsWith(`restore ${group}`))?.said).toContain(
    'nothing: already there',
  )
  expect(said('--at')).toContain('nothing: already there')
  expect(said('--to-time')).toMatch(
    new RegExp(`^${topic} +0 +4 +10 +\\+6 +restore: skips at most 6 records`, 'm'),
  )
  expect(said('--from-file')).toContain('nothing: already there')
  expect(said('--code')).toContain(`starts.put(new TopicPartition("${topic}", 0), 4L);`)
  expect(said('kafka-consumer-groups')).toMatch(new RegExp(`${group} +${topic} +0 +4\\s`))
  expect(await truth.committed(group, { topic, partition: 1 })).toBe(5n)
})
