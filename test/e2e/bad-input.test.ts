import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { HOUR } from '../../functions/core/time.ts'
import { grant, rightsToWatch } from '../brokers/acls.ts'
import { startKafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from '../brokers/secured.ts'
import { until } from '../brokers/until.ts'
import type { run } from '../cli/run.ts'
import { startSlack } from '../slack/server.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

// Wrong settings, failures of the surroundings, and mutes: processes of the command line against real brokers.

let kafka: SecuredKafka
let environment: NodeJS.ProcessEnv
let dog: Watchdog

beforeAll(async () => {
  kafka = await startSecuredKafka({ retentionMinutes: 600 })
  await grant(kafka.bootstrap, 'User:CN=watchdog', rightsToWatch)
  environment = {
    KAFKA_BROKERS: kafka.mtls.join(),
    KAFKA_CA: kafka.ca,
    KAFKA_CERTIFICATE: kafka.client.certificate,
    KAFKA_PRIVATE_KEY: kafka.client.privateKey,
  }
  dog = await watchdog(environment)
})
afterAll(async () => {
  await dog?.[Symbol.asyncDispose]()
  await kafka?.close()
})

/** Expects one sentence and nothing else: no stack trace, no partial answer. */
function expectRefusal(result: Awaited<ReturnType<typeof run>>, code: 2 | 3, sentence: RegExp): void {
  expect(result).toEqual({ code, stdout: '', stderr: expect.stringMatching(sentence) })
  expect(result.stderr).toMatch(/^[^\n]+[.?]\n$/)
}

test('the snapshot of an unused cluster is complete and empty, and creates no topic', async () => {
  const { code, stdout } = await dog.cli(['snapshot', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(stdout).snapshots).toMatchObject([
    { complete: true, problems: [], counts: { groups: 0, commits: 0, gone: 0 } },
  ])

  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  expect(await admin.listTopics()).toEqual([])
  await admin.disconnect()
})

describe('the watchdog of two groups', () => {
  beforeAll(async () => {
    await createTopic(kafka.bootstrap, 'orders', { records: 5 })
    const offsets = [{ topic: 'orders', partition: 0, offset: 2n }]
    await commitRaw(
      kafka.bootstrap,
      ['invoices', 'payments'].map(group => ({ group, offsets })),
    )
    expect(await dog.snapshot()).toMatchObject({ complete: true, counts: { commits: 2, gone: 0 } })
  })

  const withoutCertificate = { KAFKA_CERTIFICATE: '', KAFKA_PRIVATE_KEY: '' }
  const certificate = (of: 'expiredClient' | 'foreignClient') => ({
    KAFKA_CERTIFICATE: kafka[of].certificate,
    KAFKA_PRIVATE_KEY: kafka[of].privateKey,
  })

  /** A principal without rights. */
  const asUser = (password: string) => ({
    ...withoutCertificate,
    KAFKA_BROKERS: kafka.saslTls.join(),
    KAFKA_CA: kafka.ca,
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
    KAFKA_SASL_USERNAME: kafka.user.username,
    KAFKA_SASL_PASSWORD: password,
  })

  describe('stores no snapshot with', () => {
    test.each<[string, () => NodeJS.ProcessEnv, 2 | 3, RegExp]>([
      ['a wrong address', () => ({ KAFKA_BROKERS: '127.0.0.1:1' }), 3, /127\.0\.0\.1:1 .*KAFKA_BROKERS/],
      [
        'an unknown host',
        () => ({ KAFKA_BROKERS: 'kafka.invalid:9093' }),
        3,
        /kafka\.invalid.*KAFKA_BROKERS/,
      ],
      ['a port without TLS', () => ({ KAFKA_BROKERS: kafka.bootstrap.join() }), 3, /KAFKA_SECURITY_PROTOCOL/],
      ['a wrong CA', () => ({ KAFKA_CA: kafka.otherCa }), 3, /certificate that KAFKA_CA has not issued/],
      ['no CA', () => ({ KAFKA_CA: '' }), 3, /no known authority has issued.*Set KAFKA_CA/],
      ['an invalid CA', () => ({ KAFKA_CA: 'PEM' }), 2, /KAFKA_CA/],
      [
        'an expired certificate',
        () => certificate('expiredClient'),
        3,
        /expired on 20\d\d-\d\d-\d\d\. Renew it/,
      ],
      [
        'a certificate of another CA',
        () => certificate('foreignClient'),
        3,
        /refuses the client certificate/,
      ],
      [
        'the key of another certificate',
        () => ({ KAFKA_PRIVATE_KEY: kafka.foreignClient.privateKey }),
        2,
        /KAFKA_PRIVATE_KEY does not belong to KAFKA_CERTIFICATE/,
      ],
      [
        'no certificate',
        () => withoutCertificate,
        3,
        /requires a client certificate\. Set KAFKA_CERTIFICATE/,
      ],
      [
        'a wrong password',
        () => asUser('guessed'),
        3,
        /refuses the user "watchdog"(?!.*guessed).*KAFKA_SASL_PASSWORD/,
      ],
      ['a mistyped setting', () => ({ WATCHDOG_INTERVALL: '5m' }), 2, /did you mean WATCHDOG_INTERVAL\?/],
      ['a store that is a file', () => ({ WATCHDOG_STORE: import.meta.filename }), 3, /it is not a folder/],
    ])('%s', async (_, settings, code, sentence) => {
      const before = await manifests(dog)
      expectRefusal(await dog.cli(['snapshot'], settings()), code, sentence)
      expect(await manifests(dog)).toEqual(before)
    })
  })

  test('a typo in the settings file is reported with its place', async () => {
    await using mistyped = await watchdog(environment, 'levls: { first: 72h }')
    expectRefusal(await mistyped.cli(['snapshot']), 2, /clusters\[0\].*watchdog\.yaml.*did you mean levels\?/)
  })

  test('without any rights the snapshot is incomplete, and names the missing right', async () => {
    await using newcomer = await watchdog(asUser(kafka.user.password))
    const { code, stdout } = await newcomer.cli(['snapshot'])
    expect(code).toBe(4)
    expect(stdout).toMatch(/^Not complete: /m)
    expect(stdout).toMatch(/^ {2}not-authorized: .*DESCRIBE on the cluster/m)

    const doctor = await newcomer.cli(['doctor'])
    expect(doctor).toMatchObject({ code: 1, stderr: '' })
    expect(doctor.stdout).toMatch(/^fail {2}right to DESCRIBE the cluster: missing/m)
  })

  test('another cluster under the same name is refused until its own id is accepted', async () => {
    await using another = await startKafka()
    await using moved = await watchdog(environment)
    await moved.snapshot()
    const elsewhere = { KAFKA_BROKERS: another.bootstrap.join(), KAFKA_CA: '', ...withoutCertificate }

    const refused = await moved.cli(['snapshot'], elsewhere)
    expectRefusal(refused, 3, /cluster "prod" answers with the id .*--accept-cluster/)
    expect(await moved.cli(['snapshot', '--accept-cluster', 'a-third'], elsewhere)).toEqual(refused)
    expect(await manifests(moved)).toHaveLength(1)

    const [, id = ''] = /--accept-cluster=(\S+)\.$/m.exec(refused.stderr) ?? []
    const accepted = await moved.cli(['snapshot', '--json', '--accept-cluster', id], elsewhere)
    expect(accepted).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(accepted.stdout).snapshots).toMatchObject([{ clusterId: id, counts: { gone: 0 } }])
    expect(await moved.cli(['snapshot'], elsewhere)).toMatchObject({ code: 0, stderr: '' })
  })

  test('an unknown group is refused by lookup, and reported by snapshot', async () => {
    expectRefusal(await dog.cli(['lookup', 'invoice']), 3, /group "invoice": did you mean "invoices"\?/)

    await using named = await watchdog(environment, 'groups: [invoices, invoice]')
    const { code, stdout } = await named.cli(['snapshot'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/unknown: .*"invoice".* check the spelling\./)
  })

  describe('damage in the store is reported, and never makes an offset gone:', () => {
    test.each<[string, (store: string) => Promise<unknown>, number]>([
      ['a wrong byte in the Parquet file', store => newest(store, 'parquet').then(flipByte), 1],
      ['a truncated manifest', store => newest(store, 'json').then(halve), 1],
      ['all manifests truncated', store => files(store, 'json').then(all => Promise.all(all.map(halve))), 3],
    ])('%s', async (_, damage, skipped) => {
      await using own = await watchdog(environment)
      for (let i = 0; i < 3; i++) await own.snapshot()
      await damage(own.store)

      const status = await own.cli(['status', '--json'])
      expect(status.stderr.trim().split('\n')).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^the snapshot of cluster "prod" taken at .* is skipped: /),
        ]),
      )
      const { complete, counts, problems, commits } = await own.snapshot()
      expect({ complete, counts }).toEqual({ complete: true, counts: { groups: 2, commits: 2, gone: 0 } })
      expect(problems.map(({ code }) => code)).toEqual(Array(skipped).fill('unverified-base'))
      expect(commits.map(({ previousCommit, offset }) => ({ previousCommit, offset }))).toEqual(
        Array(2).fill({ previousCommit: null, offset: 2n }),
      )
    })
  })

  test('an unreadable alert state is reported, and nothing is posted', async () => {
    const slack = await startSlack()
    const channel = { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url }
    await using own = await watchdog({ ...environment, ...channel })
    await own.snapshot()
    expect((await own.cli(['watch'])).code).toBe(0)
    const posted = slack.messages.length

    await Promise.all((await files(join(own.store, 'alerts'), '')).map(halve))
    expectRefusal(await own.cli(['watch']), 3, /cannot use the alert state of cluster "prod"/)
    expect(slack.messages).toHaveLength(posted)
    await slack.stop()
  })
})

test('while groups are muted, only a loss is posted; the end of the silence is posted with a summary', async () => {
  await using open = new AsyncDisposableStack()
  const slack = await startSlack()
  open.defer(() => slack.stop())
  const channel = { SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_MENTION: '<!here>' }
  const superUser = { KAFKA_BROKERS: kafka.bootstrap.join() }
  // This broker keeps offsets for 10 hours, so a deadline in an hour stays within the last level for the whole test.
  const yaml = 'groups: [muted-near, muted-lost], levels: { first: 4h, second: 3h, last: 2h }'
  await using own = await watchdog({ ...superUser, ...channel }, yaml)
  await createTopic(kafka.bootstrap, 'muted', { records: 5 })
  const offsets = [{ topic: 'muted', partition: 0, offset: 2n }]
  const commit = (group: string, expiresIn: number) =>
    commitRaw(kafka.bootstrap, [{ group, offsets, expiresIn }])
  const watch = async () => JSON.parse((await own.cli(['watch', '--json'])).stdout).clusters[0]
  const mute = (ms: number) => {
    const end = new Date(Date.now() + ms).toISOString()
    return own.cli(['mute', '--group', 'muted-*', '--until', end, '--reason', 'migration'])
  }
  const told = () =>
    slack.messages.filter(({ text, thread }) => !thread && text.includes('`muted-')).map(({ text }) => text)

  await commit('muted-lost', 9 * HOUR)
  await own.snapshot()
  await watch()
  expect(await mute(HOUR)).toMatchObject({ code: 0, stderr: '' })

  await commit('muted-near', HOUR)
  await own.snapshot()
  expect(await watch()).toMatchObject({ openIncidents: 1 })
  expect(told()).toEqual([])
  await commit('muted-lost', 100)
  await until(async () => (await own.snapshot()).commits.some(({ gone }) => gone !== null))
  expect(await watch()).toMatchObject({ openIncidents: 2 })
  const loss = expect.stringContaining('`muted-lost` on `prod` has lost 1 committed offset')
  expect(told()).toEqual([loss])

  // The command refuses an end that has passed before it looks, as on a slow machine.
  for (const seconds of [1, 4, 16, 60]) if ((await mute(seconds * 1000)).code === 0) break
  await until(async () => (await watch()) && told().length > 1)
  expect(await watch()).toMatchObject({ openIncidents: 2 })
  expect(told()).toEqual([
    loss,
    expect.stringMatching(
      /The silence for `muted-\*` on `prod` has ended: 1 group came near a deadline and is still near it, 1 group lost offsets or records\. <!here>$/,
    ),
  ])
})

async function files(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  return paths.filter(path => path.endsWith(ending)).sort()
}

const manifests = ({ store }: Watchdog) => files(store, '.json')

const newest = async (store: string, ending: string) => (await files(store, ending)).at(-1) ?? ''

async function flipByte(path: string): Promise<void> {
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  await writeFile(path, bytes)
}

async function halve(path: string): Promise<void> {
  const bytes = await readFile(path)
  await writeFile(path, bytes.subarray(0, bytes.length >> 1))
}
