import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Conflict } from '../../../functions/jobs/ports.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { certificateAuthority } from '../../brokers/certificates.ts'
import { freePorts } from '../../brokers/ports.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { describeWithGo } from '../../go/describe.ts'
import { type Gcs, startGcs } from '../../go/fake-gcs.ts'
import { objectStoreContract } from './contract.ts'

// No bucket of Google is within reach. The contract runs against fake-gcs-server, which checks no rights: what Google
// answers without them is played by an HTTP server, by the documented status and message.

const day = 24 * 3600_000
const content = new TextEncoder().encode('content')
const before = { ...process.env }

describeWithGo('a bucket of Google Cloud Storage', () => {
  let gcs: Gcs

  // The first build of the emulator takes minutes.
  beforeAll(async () => {
    gcs = await startGcs()
    process.env.STORAGE_EMULATOR_HOST = gcs.url
    await gcs.makeBucket('snapshots')
  }, 900_000)
  afterAll(async () => {
    await gcs[Symbol.asyncDispose]()
    process.env = { ...before }
  })

  let places = 0
  const emptyPlace = async () => `gs://snapshots/place/${places++}`

  describe('keeps the contract', () => objectStoreContract(emptyPlace))

  test('as a whole keeps it, too: without a prefix', async () => {
    await gcs.makeBucket('whole')
    const objects = openStore('gs://whole')
    await objects.create('a/b', content)
    expect(await Array.fromAsync(objects.list('a/'))).toEqual(['a/b'])
  })

  test('prune thins the history, and keeps the newest snapshot however old it is', async () => {
    const snapshots = snapshotStore(openStore('gs://snapshots/history'), () => takenAt + 500 * day)
    const times = [0, 1, 2].map(minutes => takenAt + minutes * 60_000)
    for (const time of times) await snapshots.write(snapshotOf([commitOf()], { takenAt: time }))
    expect(await snapshots.prune('prod', takenAt + 500 * day)).toEqual({ removed: 0, kept: 3, orphans: 0 })

    const later = takenAt + 400 * day
    await snapshots.write(snapshotOf([commitOf()], { takenAt: later }))
    expect(await snapshots.prune('prod', takenAt + 450 * day)).toMatchObject({ removed: 2, kept: 2 })
    expect((await snapshots.newest('prod'))?.head.takenAt).toBe(later)
  })

  test('that is not there', async () => {
    const objects = openStore('gs://missing/prefix')
    const why =
      'the store gs://missing/prefix: there is no such bucket. Correct WATCHDOG_STORE, or create the bucket.'
    await expect(objects.create('a', content)).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.replace('a', content, '1')).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.probe()).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.read('a')).rejects.toThrow(`cannot read ${why}`)
    await expect(Array.fromAsync(objects.list(''))).rejects.toThrow(`cannot read ${why}`)
  })
})

type Answer = { status: number; json?: unknown; breaks?: true }

/** Google Cloud Storage that answers one request after the other as it is told to, and what is beyond them with 200. */
async function gcsAnswering(answers: Answer[]) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume()
    const { status, json = {}, breaks } = answers.shift() ?? { status: 200 }
    if (breaks) return void request.on('end', () => response.destroy())
    response.writeHead(status, { 'x-goog-generation': '7' }).end(JSON.stringify(json))
  })
  process.env.STORAGE_EMULATOR_HOST = `127.0.0.1:${await listen(server)}`
  return {
    objects: openStore('gs://bucket'),
    requests,
    async [Symbol.asyncDispose]() {
      process.env = { ...before }
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const refused = (status: number, message: string): Answer => ({
  status,
  json: { error: { code: status, message } },
})
const written: Answer = { status: 200, json: { generation: '7' } }

describe('what Google answers when it does not do its duty', () => {
  test.each([
    { what: 'an object that is replaced too often', answers: [refused(429, 'rateLimitExceeded'), written] },
    { what: 'trouble of its own', answers: [refused(503, 'backendError'), written] },
    { what: 'a broken connection', answers: [{ status: 0, breaks: true as const }, written] },
  ])('$what: the request is repeated', async ({ answers }) => {
    await using gcs = await gcsAnswering(answers)
    await gcs.objects.create('a', content)
    expect(gcs.requests).toEqual(['POST /upload/storage/v1/b/bucket/o', 'POST /upload/storage/v1/b/bucket/o'])
  })

  test('a lost answer to a write that was done: the repeated one finds its own bytes', async () => {
    const [lost, done] = [refused(503, 'lost'), refused(412, 'conditionNotMet')]
    await using replaced = await gcsAnswering([lost, done, { status: 200, json: 'state' }])
    const state = new TextEncoder().encode('"state"')
    expect(await replaced.objects.replace('a', state, '6')).toBe('7')
    await using other = await gcsAnswering([lost, done, { status: 200, json: "another's" }])
    await expect(other.objects.replace('a', state, '6')).rejects.toThrow(Conflict)
  })

  test.each([
    {
      what: 'no right',
      answer: refused(
        403,
        "dog@team.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object. Permission 'storage.objects.create' denied on resource (or it may not exist).",
      ),
      says: "dog@team.iam.gserviceaccount.com may not use this bucket, which may be another project's. Grant roles/storage.objectUser on the bucket, or correct WATCHDOG_STORE.",
    },
    {
      what: 'a refused token',
      answer: refused(401, 'Invalid Credentials'),
      says: 'the Google credentials were refused. Run it with a service account by workload identity, or run `gcloud auth application-default login`.',
    },
    {
      what: 'an unknown error',
      answer: refused(400, 'The project to be billed is closed.'),
      says: 'Google Cloud Storage answered 400: The project to be billed is closed. Check WATCHDOG_STORE.',
    },
    {
      what: 'nothing but errors',
      answer: refused(503, 'backendError'),
      says: 'Google Cloud Storage answered 503 again and again. The next run tries again.',
    },
  ])('$what', async ({ answer, says }) => {
    await using gcs = await gcsAnswering(Array.from({ length: 6 }, () => answer))
    await expect(gcs.objects.create('a', content)).rejects.toThrow(
      `cannot write the store gs://bucket: ${says}`,
    )
  })

  test('an emulator that ignores preconditions: probe says so, and leaves nothing behind', async () => {
    await using gcs = await gcsAnswering([written])
    await expect(gcs.objects.probe()).rejects.toThrow(
      'the store gs://bucket ignores the condition of a write (ifGenerationMatch)',
    )
    expect(gcs.requests).toEqual([
      'POST /upload/storage/v1/b/bucket/o',
      'DELETE /storage/v1/b/bucket/o/alerts%2Fprobe',
    ])
  })

  test('a page of a proxy is no empty listing', async () => {
    await using gcs = await gcsAnswering([{ status: 200, json: 'Please log in' }])
    await expect(Array.fromAsync(gcs.objects.list(''))).rejects.toThrow(
      'cannot read the store gs://bucket: the answer is not one of Google Cloud Storage',
    )
  })

  test('nobody listens', async () => {
    const [closed] = await freePorts(1)
    process.env.STORAGE_EMULATOR_HOST = `127.0.0.1:${closed}`
    await expect(openStore('gs://bucket').read('a')).rejects.toThrow(
      'cannot read the store gs://bucket: Google Cloud Storage is out of reach (ECONNREFUSED). Check the network, and STORAGE_EMULATOR_HOST where it is set.',
    )
    process.env = { ...before }
  })
})

describe('signing in', () => {
  const main = fileURLToPath(new URL('../../../functions/cli/main.ts', import.meta.url))

  /** `status` on a bucket, in a process whose home and metadata server are those of the test. */
  async function status(env: Record<string, string>) {
    const home = await mkdtemp(join(tmpdir(), 'offset-watchdog-home-'))
    const settings = { WATCHDOG_STORE: 'gs://bucket', HOME: home, PATH: process.env.PATH, ...env }
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, 'status'], {
        env: settings,
      })
      return stdout + stderr
    } catch (error) {
      if (typeof error === 'object' && error !== null && 'stderr' in error) return String(error.stderr)
      throw error
    } finally {
      await rm(home, { recursive: true })
    }
  }

  // A proxy leads the names of Google's hosts to a server of this test.
  const authority = certificateAuthority('Google')
  const hosts = ['storage.googleapis.com', 'oauth2.googleapis.com']
  const { certificate, privateKey } = authority.issue('storage', { hosts })
  /** What Google was asked: how, by whose token, and with which form. */
  const seen: { path: string | undefined; authorization: string | undefined; form: string }[] = []
  const answers: Record<string, object> = {
    '/computeMetadata/v1/instance/service-accounts/default/token': { access_token: 'pod', expires_in: 3600 },
    '/token': { access_token: 'person', expires_in: 3600 },
    '/sts': { access_token: 'federated', expires_in: 3600 },
    '/impersonate': { accessToken: 'account', expireTime: '2099-01-01T00:00:00Z' },
  }
  async function google(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = request.url?.split('?') ?? []
    seen.push({ path, authorization: request.headers.authorization, form: await text(request) })
    response.end(JSON.stringify(answers[path ?? ''] ?? { kind: 'storage#objects' }))
  }
  const byTls = createTlsServer(
    { cert: certificate, key: privateKey },
    (request, response) => void google(request, response),
  )
  const byHttp = createServer((request, response) => void google(request, response))
  const proxy = createServer().on('connect', (_, socket) => {
    const address = byTls.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const tunnel = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(tunnel).pipe(socket)
    })
    tunnel.on('error', () => socket.destroy())
    socket.on('error', () => tunnel.destroy())
  })
  let environment: Record<string, string>
  let folder: string
  let plain: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-google-'))
    await writeFile(join(folder, 'ca.pem'), authority.certificate)
    plain = `127.0.0.1:${await listen(byHttp)}`
    await listen(byTls)
    environment = {
      NODE_USE_ENV_PROXY: '1',
      HTTPS_PROXY: `http://127.0.0.1:${await listen(proxy)}`,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
    }
  })
  afterAll(async () => {
    for (const server of [byTls, byHttp, proxy]) {
      server.closeAllConnections()
      server.close()
    }
    await rm(folder, { recursive: true })
  })

  /** Tokens that came to Google Cloud Storage, after `status` on a bucket. */
  async function tokens(env: Record<string, string>, credentials?: object) {
    seen.length = 0
    const file = join(folder, 'credentials.json')
    if (credentials) await writeFile(file, JSON.stringify(credentials))
    const printed = await status({
      ...environment,
      ...env,
      ...(credentials && { GOOGLE_APPLICATION_CREDENTIALS: file }),
    })
    expect(printed).toContain('no snapshot')
    const atStore = seen.filter(({ path }) => path?.startsWith('/storage/'))
    return [...new Set(atStore.map(({ authorization }) => authorization))]
  }

  test('by workload identity: the token of the metadata server goes to Google, by TLS', async () => {
    expect(await tokens({ GCE_METADATA_HOST: plain })).toEqual(['Bearer pod'])
  })

  test('as a person, by what gcloud has stored', async () => {
    const person = { client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' }
    expect(await tokens({}, { type: 'authorized_user', ...person })).toEqual(['Bearer person'])
    const form = seen.find(({ path }) => path === '/token')?.form
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({ grant_type: 'refresh_token', ...person })
  })

  test('by workload identity federation: the token in a file becomes that of a service account', async () => {
    await writeFile(join(folder, 'token'), 'of-the-cluster\n')
    const federation = {
      type: 'external_account',
      audience: '//iam.googleapis.com/pool',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: `http://${plain}/sts`,
      credential_source: { file: join(folder, 'token') },
    }
    expect(await tokens({}, federation)).toEqual(['Bearer federated'])
    expect(new URLSearchParams(seen[0]?.form).get('subject_token')).toBe('of-the-cluster')
    const impersonation = { service_account_impersonation_url: `http://${plain}/impersonate` }
    expect(await tokens({}, { ...federation, ...impersonation })).toEqual(['Bearer account'])
    expect(seen.find(({ path }) => path === '/impersonate')?.authorization).toBe('Bearer federated')
  })

  test('a key of a service account is refused', async () => {
    const file = join(folder, 'key.json')
    await writeFile(file, JSON.stringify({ type: 'service_account', private_key: 'secret' }))
    expect(await status({ GOOGLE_APPLICATION_CREDENTIALS: file })).toBe(
      `cannot read the store gs://bucket: signing in to Google failed: ${file} holds no credentials of type authorized_user, or external_account with a file. Run it with a service account by workload identity, or run \`gcloud auth application-default login\`.\n`,
    )
  })

  test('no credentials', async () => {
    expect(await status({ GCE_METADATA_HOST: `127.0.0.1:${(await freePorts(1))[0]}` })).toBe(
      'cannot read the store gs://bucket: no Google credentials were found. Run it with a service account by workload identity, or run `gcloud auth application-default login`.\n',
    )
  })
})

test.each(['gs://', 'gs://UPPER', 'gs://bucket/a b', 'gs://bucket//..?'])('%s names no bucket', location => {
  expect(() => openStore(location)).toThrow(
    expect.objectContaining({
      message: `the store ${location} names no bucket: set WATCHDOG_STORE to gs://bucket or gs://bucket/prefix.`,
      exitCode: 2,
    }),
  )
})
