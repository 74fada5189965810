import { createHmac, hash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { s3Address } from '../../../functions/store/objects/s3-address.ts'
import { listen } from './listen.ts'

const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-s3-requests-'))
const environment = { ...process.env }
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => {
  process.env = { ...environment }
})

let files = 0
/** Makes a shared config file of AWS; the SDK reads each file once. */
function configFile(content: string): string {
  const file = join(folder, `config-${files++}`)
  writeFileSync(file, content)
  return file
}

/** Only these settings of AWS, and no file of this machine. */
function settings(env: Record<string, string>, config = ''): void {
  const foreign = Object.keys(process.env).filter(name => name.startsWith('AWS_'))
  for (const name of foreign) delete process.env[name]
  const credentials = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' }
  Object.assign(process.env, credentials, { AWS_CONFIG_FILE: configFile(config) }, env)
}

describe('the address of a bucket', () => {
  const ireland = { AWS_REGION: 'eu-west-1' }
  test.each([
    ['is a host name of its own', 'b', ireland, '', 'https://b.s3.eu-west-1.amazonaws.com/'],
    ['with dots is a path', 'a.b', ireland, '', 'https://s3.eu-west-1.amazonaws.com/a.b'],
    ['is in China', 'b', { AWS_REGION: 'cn-north-1' }, '', 'https://b.s3.cn-north-1.amazonaws.com.cn/'],
    [
      'has FIPS and IPv6',
      'b',
      { ...ireland, AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
      '',
      'https://b.s3-fips.dualstack.eu-west-1.amazonaws.com/',
    ],
    [
      'has the region of the profile',
      'b',
      {},
      '[default]\nregion = us-east-2\n',
      'https://b.s3.us-east-2.amazonaws.com/',
    ],
    [
      'has the region of the named profile',
      'b',
      { AWS_PROFILE: 'ops' },
      '[profile ops]\nregion = us-gov-west-1\n',
      'https://b.s3.us-gov-west-1.amazonaws.com/',
    ],
    [
      'is at another service',
      'b',
      { ...ireland, AWS_ENDPOINT_URL: 'http://all:1', AWS_ENDPOINT_URL_S3: 'http://s3:2/base/' },
      '',
      'http://s3:2/base/b',
    ],
    [
      'is at the service of the profile',
      'b',
      {},
      '[default]\nregion = any\nendpoint_url = http://all:1\nservices = own\n[services own]\ns3 =\n  endpoint_url = http://s3:2\n',
      'http://s3:2/b',
    ],
  ])('%s', async (_, bucket, env, config, expected) => {
    settings(env, config)
    expect(String((await s3Address(bucket)).url)).toBe(expected)
  })

  test('needs a region', async () => {
    settings({})
    await expect(openStore('s3://bucket').read('a')).rejects.toThrow(
      'cannot read the store s3://bucket: no region is set. Set AWS_REGION to the region of the bucket.',
    )
  })
})

interface Received {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: Buffer
}

type Answer = (response: ServerResponse) => void
const ok: Answer = response => void response.writeHead(200, { etag: '"1"' }).end('content')

describe('a request', () => {
  const received: Received[] = []
  let answers: Answer[] = []
  let endpoint: string
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => void answer(request, response))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers, body: await buffer(request) })
    ;(answers.shift() ?? ok)(response)
  }

  beforeAll(async () => {
    endpoint = `http://127.0.0.1:${await listen(server)}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  beforeEach(() => {
    received.length = 0
    answers = []
    settings({ AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'eu-west-1', AWS_SESSION_TOKEN: 'session' })
  })

  const content = Buffer.from('content')
  const checksum = (bytes: Uint8Array) => {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(crc32(bytes))
    return number.toString('base64')
  }
  const checksummed = { 'x-amz-checksum-crc32': checksum(content), 'x-amz-checksum-type': 'FULL_OBJECT' }

  test.each([
    ['an object', () => openStore('s3://bucket/a=b').read("dt=2026-11-27/c'(d)*!.json")],
    ['a range', () => openStore('s3://bucket').read('a', { offset: 1, length: 2 })],
    ['a listing', () => Array.fromAsync(openStore('s3://bucket/p').list('a=b/', 'a=b/c (d)+e'))],
    ['a write', () => openStore('s3://bucket').create('a', content, 'hour')],
    ['a mark', async () => openStore('s3://bucket').marks?.replace('a', 'day')],
  ])('for %s has the signature that S3 computes from its bytes', async (_, send) => {
    await send().catch(() => undefined)
    const [request] = received
    expect(request?.headers['x-amz-security-token']).toBe('session')
    expect(request?.headers.authorization).toMatch(/Signature=[0-9a-f]{64}$/)
    expect(request?.headers.authorization).toBe(request && authorization(request))
  })

  test('is signed with the credentials of the profile, if one is named', async () => {
    // The SDK warns about two kinds of credentials.
    const warn = jest.spyOn(console, 'warn').mockReturnValue()
    process.env.AWS_PROFILE = 'ops'
    process.env.AWS_SHARED_CREDENTIALS_FILE = configFile(
      '[ops]\naws_access_key_id = OPS\naws_secret_access_key = secret\n',
    )
    await openStore('s3://bucket').read('a')
    warn.mockRestore()
    expect(received[0]?.headers.authorization).toMatch(
      / Credential=OPS\/\d{8}\/eu-west-1\/s3\/aws4_request, /,
    )
  })

  test('to write carries the checksum of its bytes', async () => {
    await openStore('s3://bucket').create('a', content)
    expect(received[0]?.headers['x-amz-checksum-crc32']).toBe(checksum(content))
    expect(received[0]?.body).toEqual(content)
  })

  test('to write carries a checksum only where S3 requires it, if that is set', async () => {
    process.env.AWS_REQUEST_CHECKSUM_CALCULATION = 'when_required'
    await openStore('s3://bucket').create('a', content)
    await openStore('s3://bucket', 1000).create('a', content, 'day')
    await openStore('s3://bucket').marks?.replace('a', 'day')
    const have = received.map(({ headers }) => headers['x-amz-checksum-crc32'] !== undefined)
    expect(have).toEqual([false, true, true])
  })

  test.each(['ExpiredToken', 'InvalidAccessKeyId'])(
    'is repeated with the new credentials of the file if S3 answers %s',
    async code => {
      const log = (key: string) => `[default]\naws_access_key_id = ${key}\naws_secret_access_key = secret\n`
      const file = configFile(log('OLD'))
      settings({ AWS_ENDPOINT_URL_S3: endpoint, AWS_REGION: 'eu-west-1', AWS_SHARED_CREDENTIALS_FILE: file })
      delete process.env.AWS_ACCESS_KEY_ID
      delete process.env.AWS_SECRET_ACCESS_KEY
      const store = openStore('s3://bucket')
      await store.read('a')
      const refused: Answer = response => void response.writeHead(400).end(`<Code>${code}</Code>`)

      answers = [refused]
      await expect(store.read('a')).rejects.toThrow('the AWS credentials')
      writeFileSync(file, log('NEW'))
      answers = [refused]
      expect(String(await store.read('a'))).toBe('content')
      const keys = received.map(({ headers }) => headers.authorization?.match(/Credential=(\w+)/)?.[1])
      expect(keys).toEqual(['OLD', 'OLD', 'OLD', 'NEW'])
    },
  )

  test('is repeated if the bytes of its answer do not match their checksum', async () => {
    const broken: Answer = response =>
      void response.writeHead(200, { etag: '"1"', ...checksummed }).end('broken!')
    answers = [broken]
    expect(String(await openStore('s3://bucket').read('a'))).toBe('content')
    expect(received).toHaveLength(2)
  })

  test.each([
    ['a write, by S3', () => openStore('s3://bucket').create('a', content), ''],
    ['a replacement, by S3', () => openStore('s3://bucket').replace('a', content, '"0"'), ''],
    ['a mark', async () => openStore('s3://bucket').marks?.replace('a', 'day'), ''],
    ['a range, by older Ceph', () => openStore('s3://bucket').read('a', { offset: 1, length: 2 }), 'on'],
  ])("is sent once if the object's checksum comes with the answer to %s", async (_, send, body) => {
    answers = [response => void response.writeHead(200, { etag: '"1"', ...checksummed }).end(body)]
    await send()
    expect(received).toHaveLength(1)
  })

  test.each([
    ['with their number', { 'x-amz-checksum-crc32': `${checksum(Buffer.from('parts'))}-2` }],
    [
      'by type',
      { 'x-amz-checksum-crc32': checksum(Buffer.from('parts')), 'x-amz-checksum-type': 'COMPOSITE' },
    ],
  ])('is sent once if the checksum is one of the checksums of parts, %s', async (_, headers) => {
    answers = [response => void response.writeHead(200, { etag: '"1"', ...headers }).end('content')]
    expect(String(await openStore('s3://bucket').read('a'))).toBe('content')
    expect(received).toHaveLength(1)
  })

  test('is repeated if its answer breaks off', async () => {
    const half: Answer = response => {
      response.writeHead(200, { etag: '"1"', 'content-length': '7' })
      response.write('cont', () => response.destroy())
    }
    answers = [half]
    expect(String(await openStore('s3://bucket').read('a'))).toBe('content')
  })

  test('is repeated if the server closes the idle connection that it reuses', async () => {
    const objects = openStore('s3://bucket')
    answers = [ok, response => void response.socket?.destroy()]
    expect(String(await objects.read('a'))).toBe('content')
    expect(String(await objects.read('a'))).toBe('content')
    expect(received).toHaveLength(3)
  })

  test('is repeated with the time of S3 if the clock of this machine is wrong', async () => {
    const hour = 3600_000
    const skewed: Answer = response => {
      response.writeHead(403, { date: new Date(Date.now() + hour).toUTCString() })
      response.end('<Error><Code>RequestTimeTooSkewed</Code><Message>too skewed</Message></Error>')
    }
    answers = [skewed]
    await openStore('s3://bucket').read('a')
    const [first = 0, second = 0] = received.map(({ headers }) => timeOf(String(headers['x-amz-date'])))
    expect(second - first).toBeGreaterThan(hour - 5000)
  })
})

/** `20261127T101112Z` as ms since the epoch. */
const timeOf = (stamp: string) => Date.parse(stamp.replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:'))

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, for the credentials of these tests */
function authorization({ method, url, headers, body }: Received): string {
  const escaped = (text: string) =>
    encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const { pathname, searchParams } = new URL(url, 'http://s3')
  const path = pathname.split('/').map(part => escaped(decodeURIComponent(part)))
  const query = [...searchParams].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort()
  const [, credential = '', signed = ''] =
    /Credential=AKID\/(\S+), SignedHeaders=(\S+),/.exec(headers.authorization ?? '') ?? []
  const lines = signed.split(';').map(name => `${name}:${String(headers[name]).trim()}\n`)
  const payload = hash('sha256', body)
  const canonical = [method, path.join('/'), query.join('&'), lines.join(''), signed, payload].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], credential, hash('sha256', canonical)].join('\n')
  const key = credential
    .split('/')
    .reduce<string | Buffer>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      'AWS4secret',
    )
  const signature = createHmac('sha256', key).update(toSign).digest('hex')
  return `AWS4-HMAC-SHA256 Credential=AKID/${credential}, SignedHeaders=${signed}, Signature=${signature}`
}
