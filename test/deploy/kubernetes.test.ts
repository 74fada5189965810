import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import * as v from 'valibot'
import { parse } from 'yaml'
import { serveHealth } from '../../functions/cli/terminal/health.ts'
import { readSettings } from '../../functions/config/settings.ts'
import { certificateAuthority } from '../brokers/certificates.ts'
import { freePorts } from '../brokers/ports.ts'

// No cluster is at hand, so these are assertions of our own. The commands run as they stand, with the environment of their
// manifest and secrets as files, against a port where no broker listens.

const repository = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string) => parse(readFileSync(join(repository, 'infra', 'kubernetes', file), 'utf8'))

const container = v.object({
  securityContext: v.unknown(),
  command: v.optional(v.array(v.string())),
  args: v.optional(v.array(v.string())),
  env: v.array(
    v.object({ name: v.string(), value: v.optional(v.string()), valueFrom: v.optional(v.unknown()) }),
  ),
  volumeMounts: v.array(v.object({ name: v.string(), mountPath: v.string() })),
  readinessProbe: v.optional(v.object({ httpGet: v.object({ path: v.string() }) })),
  livenessProbe: v.optional(v.object({ httpGet: v.object({ path: v.string() }) })),
})
const secret = v.object({
  secretName: v.string(),
  items: v.array(v.object({ key: v.string(), path: v.string() })),
})
const podSpec = v.object({
  automountServiceAccountToken: v.boolean(),
  securityContext: v.unknown(),
  containers: v.tuple([container]),
  volumes: v.array(v.object({ name: v.string(), secret: v.optional(secret) })),
})
const podOf = (spec: unknown) => v.parse(podSpec, spec)

const pods = {
  cronjob: podOf(read('cronjob.yaml').spec.jobTemplate.spec.template.spec),
  deployment: podOf(read('deployment.yaml').spec.template.spec),
  restore: podOf(read('restore-job.yaml').spec.template.spec),
}

/** Strimzi's secrets, by name, with the keys that Strimzi writes. */
const authority = certificateAuthority('my-cluster')
const { certificate, privateKey } = authority.issue('offset-watchdog')
const user = { 'ca.crt': authority.certificate, 'user.crt': certificate, 'user.key': privateKey }
const secrets: Record<string, Record<string, string>> = {
  'my-cluster-cluster-ca-cert': { 'ca.crt': authority.certificate },
  'offset-watchdog': user,
  'my-application': user,
}

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-kubernetes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** The environment of a pod whose volumes are mounted below `folder`, as files. */
function environmentOf({ containers: [{ env, volumeMounts }], volumes }: v.InferOutput<typeof podSpec>) {
  const files = new Map<string, string>([['/data', folder]])
  for (const { name, mountPath } of volumeMounts) {
    const mounted = volumes.find(volume => volume.name === name)?.secret
    for (const { key, path } of mounted?.items ?? []) {
      const text = secrets[mounted?.secretName ?? '']?.[key]
      if (text === undefined) throw new Error(`Strimzi writes no ${key} to ${mounted?.secretName}`)
      const file = join(folder, `${name}-${basename(path)}`)
      writeFileSync(file, text)
      files.set(`${mountPath}/${path}`, file)
    }
  }
  return Object.fromEntries(
    env.map(({ name, value }) => [name, value === undefined ? 'xoxb-1' : (files.get(value) ?? value)]),
  )
}

describe.each(Object.entries(pods))('%s', (name, pod) => {
  test('runs without any right on the node and in the cluster', () => {
    expect(pod.automountServiceAccountToken).toBe(false)
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(pod.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  test("has settings that are understood, with Strimzi's secrets as files", () => {
    const settings = readSettings(environmentOf(pod), path => readFileSync(path, 'utf8'))
    expect(settings).toMatchObject({
      store: folder,
      slack: name === 'restore' ? undefined : { token: 'xoxb-1', channel: '#my-team-alerts' },
      clusters: [{ name: 'my-cluster', kafka: { protocol: 'SSL', certificate, ca: authority.certificate } }],
    })
  })
})

test.each([
  ['cronjob', pods.cronjob],
  ['restore', pods.restore],
])('the command of %s ends with a sentence where no broker listens', async (_, pod) => {
  const [closed] = await freePorts(1)
  const [{ command, args = [] }] = pod.containers
  const [program = '', ...options] = command ?? ['node', 'functions/cli/main.ts', ...args]
  const env = { PATH: process.env.PATH, ...environmentOf(pod), KAFKA_BROKERS: `127.0.0.1:${closed}` }
  await expect(promisify(execFile)(program, options, { cwd: repository, env })).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('cannot connect to Kafka'),
  })
})

test('the probes ask for what the command serves', async () => {
  const [port = 0] = await freePorts(1)
  await using _ = await serveHealth({ port, clusters: ['my-cluster'], interval: 900_000 })
  const [{ readinessProbe, livenessProbe }] = pods.deployment.containers
  const status = async (path = '') => (await fetch(`http://127.0.0.1:${port}${path}`)).status
  // No snapshot was taken yet.
  expect(await status(readinessProbe?.httpGet.path)).toBe(503)
  expect(await status(livenessProbe?.httpGet.path)).toBe(200)
})

test('the KafkaUser has the rights of docs/kafka-access.md, and none to write', () => {
  const { spec, metadata } = read('kafka-user.yaml')
  const docs = readFileSync(join(repository, 'docs', 'kafka-access.md'), 'utf8')
  const [commands = ''] = docs.slice(docs.indexOf("With Kafka's own ACLs")).split('`admin.properties`')
  const documented = [...commands.matchAll(/--operation .*/g)].map(([line]) => ({
    operations: [...line.matchAll(/--operation (\w+)/g)].map(([, operation]) => operation),
    on: line.match(/--(cluster|group|topic)(?: '?([^' ]+)'?)?$/)?.slice(1),
  }))
  const given = spec.authorization.acls.map(
    (acl: { operations: string[]; resource: { type: string; name?: string } }) => ({
      operations: acl.operations,
      on: [acl.resource.type, acl.resource.name],
    }),
  )
  expect(given).toEqual(documented)
  expect(metadata.name).toBe('offset-watchdog')
})
