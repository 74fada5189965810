import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { describe, expect, test } from '@jest/globals'
import { startKafka } from './broker.ts'
import { startJavaClients } from './clients/java-clients.ts'
import { createTopic } from './clients/topics.ts'
import { until } from './until.ts'
import { witness } from './witness.ts'

/** By default the controllers wait 9 s before they declare a killed node dead and let it come back. */
const properties = { 'broker.session.timeout.ms': 2000, 'broker.heartbeat.interval.ms': 500 }

describe('one node', () => {
  test('keeps its address and its data after a stop and a kill', async () => {
    await using kafka = await startKafka({ properties })
    const [node] = kafka.nodes
    await createTopic(kafka.bootstrap, 'orders')
    await using clients = await startJavaClients(kafka.bootstrap)
    const consumer = clients.classic('billing')
    await consumer.assign({ topic: 'orders', partition: 0 })
    await consumer.commit({ topic: 'orders', partition: 0, offset: 5n })

    await node?.stop()
    await node?.start()
    await node?.kill()
    await node?.start()

    await using truth = await witness(kafka.bootstrap)
    expect(await truth.committed('billing', { topic: 'orders', partition: 0 })).toBe(5n)
  })

  test('that cannot start reports the reason', async () => {
    const start = startKafka({ properties: { 'log.retention.bytes': 'plenty' } })
    await expect(start).rejects.toThrow(/exit code 1.*log\.retention\.bytes/s)
  })
})

test('two of three nodes serve while one is down, and that one comes back', async () => {
  await using kafka = await startKafka({ brokers: 3, properties })
  await createTopic(kafka.bootstrap, 'orders')
  await using clients = await startJavaClients(kafka.bootstrap)
  const consumer = clients.classic('billing')
  await consumer.assign({ topic: 'orders', partition: 0 })
  await consumer.commit({ topic: 'orders', partition: 0, offset: 1n })

  for (const node of kafka.nodes) {
    await node.kill()
    await consumer.commit({ topic: 'orders', partition: 0, offset: BigInt(node.id * 10) })
    await node.start()
  }

  await using truth = await witness(kafka.bootstrap)
  expect(await truth.committed('billing', { topic: 'orders', partition: 0 })).toBe(30n)
})

describe('no node outlives the process that started it', () => {
  const script = `
    import { startKafka } from '${import.meta.resolve('./broker.ts')}'
    const kafka = await startKafka()
    console.log(kafka.nodes[0].pid, kafka.folder)
    setInterval(() => {}, 1000)`

  test.each([
    ['killed', 'SIGKILL'],
    ['interrupted', 'SIGINT'],
  ] as const)('when it is %s', async (_, signal) => {
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    })
    const { value } = await createInterface({ input: parent.stdout })[Symbol.asyncIterator]().next()
    const [pid, folder] = String(value).split(' ')
    expect(isRunning(Number(pid))).toBe(true)

    // The signal goes to the whole process group, as from a terminal.
    process.kill(-Number(parent.pid), signal)

    await until(async () => !isRunning(Number(pid)))
    expect(existsSync(String(folder))).toBe(false)
  })
})

test.each(['java', 'javac', 'mvn'])('without %s an error says what to install', async program => {
  const script = `
    import { run } from '${import.meta.resolve('./java.ts')}'
    await run('${program}', []).catch(error => console.log(error.message))`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { PATH: '/nowhere' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  expect(value).toMatch(new RegExp(`needs ${program}, which was not found: install (a JDK|Apache Maven)`))
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
