import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Conflict } from '../../../functions/jobs/ports.ts'
import { AlreadyExists, type ObjectStore } from '../../../functions/store/objects/object-store.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'

/** Replaces S3's answer to a request. */
type Fault = (request: IncomingMessage, response: ServerResponse) => void

/** Objects with conditional writes. Some requests meet a fault, before or after S3 has carried them out. */
class S3 {
  readonly objects = new Map<string, Buffer>()
  readonly requests: string[] = []
  before: Fault[] = []
  after: Fault[] = []
  readonly #server = createServer(
    { keepAliveTimeout: 0 },
    (request, response) => void this.#answer(request, response),
  )

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = request.url?.split('?') ?? []
    this.requests.push(`${request.method} ${path}`)
    const body = await buffer(request)
    const fault = this.before.shift()
    if (fault) return fault(request, response)

    const [status, etag, content] =
      request.method === 'PUT' ? this.#put(request, path, body) : this.#get(path)
    const after = this.after.shift()
    if (after) return after(request, response)
    response.writeHead(status, etag ? { etag } : {}).end(content)
  }

  #put({ headers }: IncomingMessage, path: string, body: Buffer): [number, string | undefined, string?] {
    const current = this.objects.get(path)
    const isThere = headers['if-none-match'] === '*' && current !== undefined
    const isOther = headers['if-match'] !== undefined && headers['if-match'] !== etagOf(current)
    if (isThere || isOther) return [412, undefined, errorOf('PreconditionFailed')]
    this.objects.set(path, body)
    return [200, etagOf(body)]
  }

  #get(path: string): [number, string | undefined, string | Buffer] {
    const object = this.objects.get(path)
    return object ? [200, etagOf(object), object] : [404, undefined, errorOf('NoSuchKey')]
  }
}

const etagOf = (content: Buffer | undefined) => content && `"${hash('md5', content)}"`
const errorOf = (code: string) => `<Error><Code>${code}</Code><Message>${code}</Message></Error>`

const lost: Fault = (_, response) => response.destroy()
const race: Fault = (_, response) => void response.writeHead(409).end(errorOf('ConditionalRequestConflict'))
const proxy: Fault = (_, response) =>
  void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Log in</body></html>')
const nothing: Fault = (_, response) => void response.writeHead(200).end()

const bytes = (text: string) => new TextEncoder().encode(text)
const environment = { ...process.env }

let s3: S3
let objects: ObjectStore
beforeEach(async () => {
  s3 = new S3()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: await s3.listen(),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
    // A checksum in the trailer would have to be removed from the stored bytes.
    AWS_REQUEST_CHECKSUM_CALCULATION: 'when_required',
  })
  objects = openStore('s3://bucket')
})
afterEach(async () => {
  process.env = { ...environment }
  await s3.close()
})

describe('a write whose answer was lost', () => {
  test('is a success if nobody else has written since', async () => {
    const first = await objects.replace('state', bytes('run 1'), undefined)
    s3.after = [lost]
    const second = await objects.replace('state', bytes('run 2'), first)
    expect(second).toBe(etagOf(Buffer.from('run 2')))
    const third = await objects.replace('state', bytes('run 3'), second)
    expect((await objects.readVersioned('state'))?.version).toBe(third)
  })

  test('is a success if it was the first write', async () => {
    s3.after = [lost]
    expect(await objects.replace('state', bytes('run 1'), undefined)).toBe(etagOf(Buffer.from('run 1')))
  })

  test('is a success if a race came in between', async () => {
    s3.after = [lost, race]
    expect(await objects.replace('state', bytes('run 1'), undefined)).toBe(etagOf(Buffer.from('run 1')))
  })

  test('is a conflict if somebody else has written since', async () => {
    const first = await objects.replace('state', bytes('run 1'), undefined)
    s3.after = [
      (request, response) => {
        s3.objects.set('/bucket/state', Buffer.from('another run'))
        lost(request, response)
      },
    ]
    await expect(objects.replace('state', bytes('run 2'), first)).rejects.toThrow(Conflict)
  })

  test('is a success if it has created the object', async () => {
    s3.after = [lost]
    await objects.create('a', bytes('1'))
    s3.after = [lost]
    await expect(objects.create('a', bytes('2'))).rejects.toThrow(AlreadyExists)
  })
})

test('the same bytes of another run are a conflict if no answer was lost', async () => {
  const first = await objects.replace('state', bytes('1'), undefined)
  await objects.replace('state', bytes('2'), first)
  await expect(objects.replace('state', bytes('2'), first)).rejects.toThrow(Conflict)
  s3.before = [race]
  await expect(objects.replace('state', bytes('2'), first)).rejects.toThrow(Conflict)
})

describe.each([
  ['the page of a proxy', proxy],
  ['an empty body', nothing],
])('status 200 with %s is not an answer of S3', (_, fault) => {
  const where = 'the store s3://bucket: the answer does not come from S3. Check the network, any proxy, and'
  const cases: [string, string, () => Promise<unknown>][] = [
    ['write', 'create', () => objects.create('a', bytes('1'))],
    ['write', 'replace', () => objects.replace('a', bytes('1'), undefined)],
    ['write', 'probe', () => objects.probe()],
    ['write', 'read a mark', async () => objects.marks?.read('a')],
    ['read', 'read', () => objects.read('a')],
    ['read', 'read a range', () => objects.read('a', { offset: 0, length: 1 })],
    ['read', 'read what is replaced', () => objects.readVersioned('a')],
    ['read', 'list', () => Array.fromAsync(objects.list(''))],
  ]
  test.each(cases)('cannot %s: %s', async (action, _name, ask) => {
    s3.before = Array(5).fill(fault)
    await expect(ask()).rejects.toThrow(new RegExp(`^cannot (${action}|read) ${where}`))
  })
})

describe('a listing', () => {
  const page =
    (keys: string[], more: string): Fault =>
    (_, response) => {
      const contents = keys.map(key => `<Contents><Key>${key}</Key></Contents>`).join('')
      response
        .writeHead(200, { 'content-type': 'application/xml' })
        .end(`<ListBucketResult><Name>bucket</Name>${contents}${more}</ListBucketResult>`)
    }
  const next = (token: string) =>
    `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`
  const end = '<IsTruncated>false</IsTruncated>'
  let pages = 0

  test('continues from page to page, even over empty ones', async () => {
    s3.before = [page(['a', 'b'], next('1')), page([], next('2')), page(['c'], next('3')), page([], end)]
    expect(await Array.fromAsync(objects.list(''))).toEqual(['a', 'b', 'c'])
  })

  test.each([
    ['the same token repeatedly', () => page([], next('1'))],
    ['the same keys repeatedly', () => page(['a', 'b'], next(String(pages++)))],
    ['unordered keys', () => page([`a${1000 - pages}`], next(String(pages++)))],
    ['endless empty pages', () => page([], next(String(pages++)))],
    ['more keys, but no token', () => page(['a'], '<IsTruncated>true</IsTruncated>')],
  ])('with %s fails', async (_, answer) => {
    s3.before = Array.from({ length: 1000 }, answer)
    await expect(Array.fromAsync(objects.list(''))).rejects.toThrow(
      'cannot read the store s3://bucket: its listing does not continue from page to page.',
    )
    expect(s3.requests.length).toBeLessThan(200)
  })
})
