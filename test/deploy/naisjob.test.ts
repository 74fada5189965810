import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { readSettings } from '../../functions/config/settings.ts'
import { certificateAuthority } from '../brokers/certificates.ts'
import { freePorts } from '../brokers/ports.ts'
import { commandOf, pods, repository } from './pods.ts'

const { spec } = parse(readFileSync(join(repository, 'infra', 'naisjob.yaml'), 'utf8'))
const env: Record<string, string> = Object.fromEntries(
  spec.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
)

test("the job's settings are valid, with every variable of a Kafka pool of NAIS", () => {
  const authority = certificateAuthority('pool')
  const { certificate, privateKey } = authority.issue('watchdog')
  // https://docs.nais.io/persistence/kafka/reference/environment-variables/
  const pool = {
    KAFKA_BROKERS: 'kafka-1:26484,kafka-2:26484',
    KAFKA_SCHEMA_REGISTRY: 'https://registry:26487',
    KAFKA_CERTIFICATE: certificate,
    KAFKA_CERTIFICATE_PATH: '/var/run/secrets/kafka/certificate',
    KAFKA_PRIVATE_KEY: privateKey,
    KAFKA_PRIVATE_KEY_PATH: '/var/run/secrets/kafka/key',
    KAFKA_CA: authority.certificate,
    KAFKA_CA_PATH: '/var/run/secrets/kafka/ca',
    KAFKA_CREDSTORE_PASSWORD: 'secret',
    KAFKA_KEYSTORE_PATH: '/var/run/secrets/kafka/keystore',
    KAFKA_TRUSTSTORE_PATH: '/var/run/secrets/kafka/truststore',
  }
  const settings = readSettings({ ...env, ...pool, SLACK_BOT_TOKEN: 'xoxb-1' }, path => {
    throw new Error(`${path} is not read`)
  })
  expect(settings).toMatchObject({
    store: `gs://${spec.gcp.buckets[0].name}`,
    slack: { token: 'xoxb-1', channel: '#my-team-alerts' },
    clusters: [
      {
        name: 'nav-prod',
        kafka: { brokers: ['kafka-1:26484', 'kafka-2:26484'], protocol: 'SSL', certificate },
      },
    ],
  })
})

test("the job's bucket outlives the job, is not public, and needs no key", () => {
  expect(spec.gcp.buckets).toMatchObject([{ cascadingDelete: false, publicAccessPrevention: true }])
  expect(Object.keys(env).filter(name => /KEY|CREDENTIALS|AWS/.test(name))).toEqual([])
})

/** Runs a job's command at a time of day, with a folder as the store and a port without a broker. */
async function runAt(hoursAndMinutes: string, [program, ...args]: readonly [string, ...string[]]) {
  const [closed] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-naisjob-'))
  const date = join(folder, 'date')
  writeFileSync(date, `#!/bin/sh\necho ${hoursAndMinutes}\n`)
  chmodSync(date, 0o755)
  const outcome = await promisify(execFile)(program, args, {
    cwd: repository,
    env: {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      KAFKA_BROKERS: `127.0.0.1:${closed}`,
      WATCHDOG_STORE: join(folder, 'store'),
      SLACK_BOT_TOKEN: 'xoxb-1',
    },
  }).catch((failed: { code: number; stdout: string; stderr: string }) => ({ ...failed }))
  rmSync(folder, { recursive: true })
  return outcome
}

/** The sentences of the three commands in a store without a snapshot. */
const [took, watched, pruned] = [
  'cannot connect to Kafka',
  'has no snapshot yet',
  'has no snapshot of cluster',
]

describe.each<[string, readonly [string, ...string[]]]>([
  ['the Naisjob', spec.command],
  ['the CronJob', commandOf(pods.cronjob)],
])('%s', (_, command) => {
  test('watches and prunes even if no snapshot can be taken, and exits with the code of the first failure', async () => {
    const { stderr, ...outcome } = await runAt('0009', command)
    expect(outcome).toMatchObject({ code: 3 })
    for (const sentence of [took, watched, pruned]) expect(stderr).toContain(sentence)
  })

  test('prunes only once a day', async () => {
    const { stderr } = await runAt('0015', command)
    expect(stderr).toContain(watched)
    expect(stderr).not.toContain(pruned)
  })
})
