import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import { describeWithPython } from '../aws/describe.ts'
import { pythonPackage } from '../aws/python.ts'
import { certificateAuthority } from '../brokers/certificates.ts'
import { environmentOf, manifests, pods, readManifest, repository, strimziSecrets } from './pods.ts'

// Kubernetes is not available here. kubernetes-validate checks the manifests of Kubernetes' own kinds, and assertions
// check the others. test/e2e/kubernetes.test.ts runs the commands against a real broker.

const authority = certificateAuthority('my-cluster')
const user = authority.issue('offset-watchdog')
const secrets = strimziSecrets(authority.certificate, { 'offset-watchdog': user, 'my-application': user })
const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-kubernetes-'))
afterAll(() => rmSync(folder, { recursive: true }))

describeWithPython('kubernetes-validate', () => {
  test('accepts the manifests', async () => {
    const files = ['cronjob', 'deployment', 'restore-job', 'volume'].map(name =>
      join(manifests, `${name}.yaml`),
    )
    const env = { ...process.env, PYTHONPATH: await pythonPackage('kubernetes-validate') }
    const command = ['-m', 'kubernetes_validate', '--strict', ...files]
    const { stdout, stderr } = await promisify(execFile)('python3', command, { env })
    expect((stdout + stderr).match(/ passed for resource /g)).toHaveLength(files.length)
  })
})

describe.each(Object.entries(pods))('%s', (name, pod) => {
  test('has no rights on the node or in the cluster', () => {
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

  test("has valid settings, with Strimzi's secrets as files", () => {
    const settings = readSettings(environmentOf(pod, secrets, folder), path => readFileSync(path, 'utf8'))
    expect(settings).toMatchObject({
      store: join(folder, 'data'),
      slack: name === 'restore' ? undefined : { token: 'xoxb-1', channel: '#my-team-alerts' },
      clusters: [
        {
          name: 'my-cluster',
          kafka: { protocol: 'SSL', certificate: user.certificate, ca: authority.certificate },
        },
      ],
    })
  })
})

test('an empty secret is reported in one sentence with the setting and the file', () => {
  const empty = { ...secrets, 'offset-watchdog': { 'user.crt': user.certificate, 'user.key': '' } }
  const environment = environmentOf(pods.cronjob, empty, folder)
  expect(() => readSettings(environment, path => readFileSync(path, 'utf8'))).toThrow(
    `KAFKA_PRIVATE_KEY_PATH is "${environment.KAFKA_PRIVATE_KEY_PATH}", which is empty: fill that file, or the secret that is mounted there.`,
  )
})

test('the KafkaUser has the rights of docs/kafka-access.md, and no right to write', () => {
  const { spec, metadata } = readManifest('kafka-user.yaml')
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
