import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { consumerGroups } from '../../brokers/clients/consumer-groups.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { freePorts } from '../../brokers/ports.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { snapshotOf } from '../../builders/snapshots.ts'
import { type FakeSlack, startSlack } from '../../slack/server.ts'
import { run, start } from '../run.ts'
import { storeOf, type TestStore } from '../store.ts'

const topic = unique('cli')
const group = unique('cli')
let bootstrap: readonly string[]
let store: TestStore
let slack: FakeSlack
let settings: NodeJS.ProcessEnv

beforeAll(async () => {
  bootstrap = await sharedKafka()
  await createTopic(bootstrap, topic, { records: 10 })
  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 4n }] }])

  store = await storeOf()
  slack = await startSlack()
  const brokers = { KAFKA_BROKERS: bootstrap.join(), WATCHDOG_CLOCK_SKEW: '0s' }
  settings = { ...store.settings, ...brokers, SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url }
})
afterAll(async () => {
  await slack?.stop()
  await store?.[Symbol.asyncDispose]()
})

test('doctor finds no failure, and posts nothing', async () => {
  const { code, stdout } = await run(['doctor'], settings)
  expect(stdout).toMatch(/^ok {4}broker 1: 127\.0\.0\.1:\d+ answers$/m)
  expect(stdout).toMatch(
    /^ok {4}retention of broker 1: 10080 min, a sweep every 1 s, as the broker reports$/m,
  )
  expect(stdout).toMatch(/^ok {4}store: .* can be written$/m)
  expect(stdout).toMatch(/^ok {4}Slack: signed in to Testers as offset-watchdog$/m)
  expect(stdout).toMatch(
    /^warn {2}Slack channel: doctor cannot see whether the app may post to #kafka; the first message shows it/m,
  )
  expect(stdout).not.toMatch(/^fail/m)
  expect(code).toBe(0)
  expect(slack.messages).toEqual([])
})

test('snapshot, status, lookup, watch and kafka-consumer-groups agree on a group', async () => {
  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 4n }] }])
  const taken = await run(['snapshot'], settings)
  expect(taken).toMatchObject({ code: 0, stderr: '' })
  expect(taken.stdout).toMatch(/^prod · snapshot of .* UTC, \d+ (s|min) ago · \d+ groups?, \d+ offsets?/)
  expect(taken.stdout).toContain('Complete: everything known was read.')

  const { clusters } = JSON.parse((await run(['status', '--json', '--group', group], settings)).stdout)
  expect(clusters[0]).toMatchObject({
    cluster: 'prod',
    complete: true,
    mode: 'exact',
    retention: [{ broker: 1, minutes: 7 * 24 * 60, source: 'broker' }],
  })
  expect(clusters[0].commits).toMatchObject([
    { group, kind: 'simple', topic, offset: '4', logStart: '0', logEnd: '10', lag: '6', evidence: 'exact' },
  ])

  const { stdout: csv } = await run(['lookup', group, '--csv'], settings)
  expect(csv).toBe(`${topic},0,4\n`)

  const file = join(store.folder, 'offsets.csv')
  await writeFile(file, csv)
  const reset = await consumerGroups(
    bootstrap,
    '--group',
    group,
    '--reset-offsets',
    '--from-file',
    file,
    '--dry-run',
  )
  expect(reset).toMatch(new RegExp(`${group} +${topic} +0 +4\\s`))

  const watched = await run(['watch', '--json'], settings)
  expect(watched).toMatchObject({ code: 0, stderr: '' })
  expect(JSON.parse(watched.stdout).clusters).toMatchObject([
    { cluster: 'prod', takenAt: clusters[0].takenAt },
  ])
})

test('snapshot --timings prints the time of each phase', async () => {
  const { stdout } = await run(['snapshot', '--timings'], settings)
  expect(stdout).toMatch(/\nphase +ms\n(connect|base) +\d+\n(.+\n)*write +\d+\n$/)

  const { snapshots } = JSON.parse((await run(['snapshot', '--timings', '--json'], settings)).stdout)
  const phases = [
    'connect',
    'base',
    'list',
    'offsets',
    'describe',
    'ends',
    'times',
    'log',
    'merge',
    'encode',
    'write',
  ]
  expect(Object.keys(snapshots[0].timings)).toEqual(phases)
})

test('run takes snapshots until it is interrupted, and ends cleanly', async () => {
  const { child, ended } = start(['run', '--every', '1s', '--json'], settings)
  const said: string[] = []
  for await (const line of createInterface(child.stdout)) {
    said.push(JSON.parse(line).type)
    // The process gets two signals, as under npm: the terminal sends Ctrl-C to both processes, and npm passes it on.
    if (said.length === 4) for (const signal of ['SIGINT', 'SIGINT'] as const) child.kill(signal)
  }
  expect(await ended).toBe(0)
  expect(said.slice(0, 4)).toEqual(['snapshot', 'watch', 'snapshot', 'watch'])
})

test('run --port serves readiness, liveness and the metrics of the newest snapshot', async () => {
  const [port = 0, broker = 0] = await freePorts(2)
  const { child, ended } = start(['run', '--every', '1s', '--port', String(port)], {
    ...settings,
    KAFKA_BROKERS: `127.0.0.1:${broker}`,
  })
  child.stdout.resume()
  async function until(status: number) {
    for (const path of ['isready', 'isalive']) {
      const ask = () =>
        fetch(`http://127.0.0.1:${port}/${path}`).then(
          answer => answer.status,
          () => 0,
        )
      while ((await ask()) !== status) await sleep(100)
    }
  }
  await until(503)

  // Kafka comes back: a proxy at its address leads to the real broker.
  const [host = '', real = ''] = bootstrap[0]?.split(':') ?? []
  const back = createServer(socket => {
    const kafka = connect(Number(real), host)
    socket.pipe(kafka).pipe(socket)
    for (const each of [socket, kafka]) each.on('error', () => each.destroy())
  }).listen(broker, '127.0.0.1')
  await until(200)

  await commitRaw(bootstrap, [{ group, offsets: [{ topic, partition: 0, offset: 7n }] }])
  const scrape = () => fetch(`http://127.0.0.1:${port}/metrics`)
  const series = `{cluster="prod",group="${group}",owner=""}`
  let metrics = ''
  while (!metrics.includes(`offset_watchdog_group_lag${series} 3\n`)) {
    metrics = await (await scrape()).text()
    await sleep(100)
  }
  expect((await scrape()).headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1/)
  expect(metrics).toContain('\noffset_watchdog_up{cluster="prod"} 1\n')
  expect(metrics).toContain('\noffset_watchdog_snapshot_complete{cluster="prod"} 1\n')
  const [, left] = metrics.split(`offset_watchdog_group_deadline_seconds${series} `)
  expect(Number.parseFloat(left ?? '')).toBeLessThanOrEqual(7 * 24 * 3600)
  expect(metrics).toMatch(/\n# EOF\n$/)

  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  back.close()
})

describe('exit code 3 and one sentence for', () => {
  test('another cluster under the same name, until it is accepted', async () => {
    await using other = await storeOf(snapshotOf([], { takenAt: Date.now() - 1000, clusterId: 'another' }))
    const mine = { ...settings, WATCHDOG_STORE: other.folder }

    const refused = await run(['snapshot'], mine)
    const id = /answers with the id (\S+),/.exec(refused.stderr)?.[1] ?? ''
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.stderr).toMatch(
      /^cluster "prod" answers with the id .* but its snapshots are of another: .*--accept-cluster.*\n$/,
    )
    expect((await run(['snapshot', '--accept-cluster', id], mine)).code).toBe(0)
  })

  test('a store that cannot be written', async () => {
    const { code, stdout, stderr } = await run(['snapshot'], {
      ...settings,
      WATCHDOG_STORE: '/dev/null/store',
    })
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(/^[^\n]*\/dev\/null\/store[^\n]*\n$/)
  })

  test('TLS on a plaintext port', async () => {
    const { code, stderr } = await run(['snapshot'], { ...settings, KAFKA_SECURITY_PROTOCOL: 'SSL' })
    expect(code).toBe(3)
    expect(stderr).toMatch(/^cannot connect to Kafka: .*KAFKA_SECURITY_PROTOCOL.*\n$/)
  })
})

test('Ctrl-C during a snapshot ends it at once', async () => {
  // A server that accepts connections and never answers.
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : undefined

  const { child, ended } = start(['snapshot'], { ...settings, KAFKA_BROKERS: `127.0.0.1:${port}` })
  const [socket] = await once(silent, 'connection')
  child.kill('SIGINT')
  const [code, stderr] = await Promise.all([ended, text(child.stderr)])
  socket.destroy()
  silent.close()
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
})
