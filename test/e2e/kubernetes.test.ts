import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { grant, type Right } from '../brokers/acls.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { freePorts } from '../brokers/ports.ts'
import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import { until } from '../brokers/until.ts'
import { type Witness, witness } from '../brokers/witness.ts'
import {
  commandOf,
  environmentOf,
  type Pod,
  pods,
  readManifest,
  repository,
  strimziSecrets,
} from '../deploy/pods.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'

// Kubernetes is not available here. Each container's command runs with the environment of its manifest, Strimzi's
// secrets as files and the ACLs of its KafkaUser, against a real broker with client certificates. Only addresses and
// paths differ.

const group = 'my-group'
const orders = { topic: 'orders', partition: 0 }

let kafka: SecuredKafka
let slack: FakeSlack
let truth: Witness
let folder: string

beforeAll(async () => {
  kafka = await startSecuredKafka({ retentionMinutes: 600 })
  slack = await startSlack({ channels: { '#my-team-alerts': true } })
  truth = await witness(kafka.bootstrap)
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-kubernetes-'))
  await createTopic(kafka.bootstrap, orders.topic, { records: 10 })
  await commitRaw(kafka.bootstrap, [
    { group, offsets: [{ ...orders, offset: 4n }] },
    { group: 'expiring', offsets: [{ ...orders, offset: 4n }], expiresIn: 3600_000 },
  ])

  const { spec, metadata } = readManifest('kafka-user.yaml')
  await grant(kafka.bootstrap, `User:CN=${metadata.name}`, spec.authorization.acls.flatMap(rightsOf))
  await grant(kafka.bootstrap, 'User:CN=my-application', [
    { on: 'GROUP', operation: 'READ', name: group },
    { on: 'TOPIC', operation: 'READ', name: orders.topic },
  ])
})
afterAll(async () => {
  await truth?.close()
  await slack?.stop()
  await kafka?.close()
  await rm(folder, { recursive: true, force: true })
})

/** Strimzi writes Kafka's operations in another form: DescribeConfigs is DESCRIBE_CONFIGS. */
const rightsOf = (acl: { resource: { type: string; name?: string }; operations: string[] }): Right[] =>
  acl.operations.map(operation => ({
    on: acl.resource.type.toUpperCase() as Right['on'],
    operation: operation.replace(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase() as Right['operation'],
    ...(acl.resource.name && { name: acl.resource.name }),
  }))

function environment(pod: Pod): NodeJS.ProcessEnv {
  const secrets = strimziSecrets(kafka.ca, {
    'offset-watchdog': kafka.issue('offset-watchdog'),
    'my-application': kafka.issue('my-application'),
  })
  const { SLACK_BOT_TOKEN: token, ...env } = environmentOf(pod, secrets, folder)
  return {
    PATH: process.env.PATH,
    ...env,
    ...(token && { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url }),
    KAFKA_BROKERS: kafka.mtls.join(),
  }
}

async function runPod(pod: Pod, ...more: string[]) {
  const [program, ...args] = commandOf(pod)
  const ended = promisify(execFile)(program, [...args, ...more], { cwd: repository, env: environment(pod) })
  return ended.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  )
}

const newest = () => snapshotStore(openStore(join(folder, 'data'))).newest('my-cluster')

test('the CronJob takes a complete snapshot with exact ages, and watches it', async () => {
  expect(await runPod(pods.cronjob)).toMatchObject({ code: 0, stderr: '' })
  expect((await newest())?.head).toMatchObject({
    mode: 'exact',
    problems: [],
    counts: { groups: 2, commits: 2 },
  })
  expect(slack.messages.map(({ text }) => text)).toContainEqual(expect.stringContaining('expiring'))
})

test('the Deployment answers its probes, takes snapshots, and ends at SIGTERM', async () => {
  const before = (await newest())?.head.takenAt ?? 0
  const [port = 0] = await freePorts(1)
  const [program, ...args] = commandOf(pods.deployment)
  const options = args.map(arg => (arg === '8080' ? String(port) : arg))
  const child = spawn(program, options, {
    cwd: repository,
    env: environment(pods.deployment),
    stdio: 'ignore',
  })
  try {
    const [{ readinessProbe, livenessProbe }] = pods.deployment.containers
    await until(async () => (await statusOf(port, readinessProbe?.httpGet.path)) === 200)
    expect(await statusOf(port, livenessProbe?.httpGet.path)).toBe(200)
    expect((await newest())?.head.takenAt).toBeGreaterThan(before)
  } finally {
    expect(await ended(child)).toBe(0)
  }
})

test("the Job plans a restore with the application's secret, and restores with --execute --yes", async () => {
  await commitRaw(kafka.bootstrap, [{ group, offsets: [{ ...orders, offset: 4n }], expiresIn: 100 }])
  await truth.waitUntilGone(group)
  const plan = await runPod(pods.restore)
  expect(plan).toMatchObject({ code: 0, stderr: '' })
  expect(await truth.committed(group, orders)).toBeUndefined()

  expect(await runPod(pods.restore, '--execute', '--yes')).toMatchObject({ code: 0 })
  expect(await truth.committed(group, orders)).toBe(4n)
})

const statusOf = (port: number, path = '') =>
  fetch(`http://127.0.0.1:${port}${path}`).then(
    ({ status }) => status,
    () => undefined,
  )

async function ended(child: ChildProcess): Promise<number | null> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
  return child.exitCode
}
