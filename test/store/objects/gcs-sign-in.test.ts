import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { certificateAuthority } from '../../brokers/certificates.ts'
import { freePorts } from '../../brokers/ports.ts'
import { listen } from './listen.ts'

describe('signing in', () => {
  const main = fileURLToPath(new URL('../../../functions/cli/main.ts', import.meta.url))

  /** Runs `status` on a bucket, in a process whose home and metadata server belong to the test. */
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

  // A proxy directs the names of Google's hosts to a server of this test.
  const authority = certificateAuthority('Google')
  const hosts = ['storage.googleapis.com', 'oauth2.googleapis.com']
  const { certificate, privateKey } = authority.issue('storage', { hosts })
  /** The requests to Google: path, token and form. */
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

  /** The tokens that Google Cloud Storage received after `status` on a bucket. */
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

  test('by workload identity sends the token of the metadata server to Google, by TLS', async () => {
    expect(await tokens({ GCE_METADATA_HOST: plain })).toEqual(['Bearer pod'])
  })

  test('as a person uses the credentials that gcloud has stored', async () => {
    const person = { client_id: 'id', client_secret: 'secret', refresh_token: 'refresh' }
    expect(await tokens({}, { type: 'authorized_user', ...person })).toEqual(['Bearer person'])
    const form = seen.find(({ path }) => path === '/token')?.form
    expect(Object.fromEntries(new URLSearchParams(form))).toEqual({ grant_type: 'refresh_token', ...person })
  })

  test('by workload identity federation turns the token in a file into one of a service account', async () => {
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

  test('with the key of a service account is refused', async () => {
    const file = join(folder, 'key.json')
    await writeFile(file, JSON.stringify({ type: 'service_account', private_key: 'secret' }))
    expect(await status({ GOOGLE_APPLICATION_CREDENTIALS: file })).toBe(
      `cannot read the store gs://bucket: signing in to Google failed: ${file} holds no credentials of type authorized_user, or external_account with a file. Run offset-watchdog with a service account by workload identity, or run \`gcloud auth application-default login\`.\n`,
    )
  })

  test('fails without credentials', async () => {
    expect(await status({ GCE_METADATA_HOST: `127.0.0.1:${(await freePorts(1))[0]}` })).toBe(
      'cannot read the store gs://bucket: no Google credentials were found. Run offset-watchdog with a service account by workload identity, or run `gcloud auth application-default login`.\n',
    )
  })
})
