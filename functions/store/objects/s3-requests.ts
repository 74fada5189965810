import { hash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'
import { codeOf } from '../../core/model/failure.ts'
import { RETRIABLE_STATUS, retried } from './retry.ts'
import { type S3Address, s3Address } from './s3-address.ts'
import { s3Credentials } from './s3-credentials.ts'
import { nameOf, S3Error, statusOf, TimeoutError } from './s3-failure.ts'
import { Sha256, SignatureV4 } from './s3-sdk.ts'
import { textOf } from './s3-xml.ts'

const ATTEMPTS = 5

/** ms */
const CONNECT_TIMEOUT = 5_000
const ANSWER_TIMEOUT = 60_000

export interface S3Request {
  method: 'GET' | 'PUT'
  /** The object's key; undefined for a request to the bucket. */
  key?: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
  /** True for a write that S3 refuses without a checksum. */
  needsChecksum?: boolean
  /** Number of times that the same request was sent before without an answer. */
  unanswered?: number
  /** Called before the body is read; throws to refuse the body. */
  onHeaders?: (headers: IncomingHttpHeaders) => void
}

export interface S3Answer {
  headers: IncomingHttpHeaders
  bytes: Uint8Array
}

/**
 * Sends requests to a bucket, signed with the AWS SDK's signer and the credentials that the SDK finds. The SDK's own
 * client takes five times the CPU time for each request, and the history of a group needs 200. Requests that fail
 * temporarily are repeated, and callers must allow for that.
 * @throws S3Error, the network's own error, or the SDK's error for missing credentials or a missing region
 */
export function s3Requests(bucket: string): (request: S3Request) => Promise<S3Answer> {
  const credentials = s3Credentials()
  let connected: Promise<{ address: S3Address; signer: SignatureV4 }> | undefined
  /** ms by which the clock of S3 is ahead of this machine's. */
  let clockSkew = 0

  async function connect() {
    const address = await s3Address(bucket)
    const { region } = address
    const signer = new SignatureV4({
      service: 's3',
      region,
      credentials: credentials.find,
      sha256: Sha256,
      uriEscapePath: false,
    })
    return { address, signer }
  }

  async function sendOnce(request: S3Request, attempt: number): Promise<S3Answer> {
    connected ??= connect()
    const { address, signer } = await connected
    const { url } = address
    const { method, key, query = {}, body = new Uint8Array(), onHeaders } = request
    const path = key === undefined ? url.pathname : `${url.pathname.replace(/\/$/, '')}/${encodedPath(key)}`
    const signed = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path,
        query,
        headers: {
          host: url.host,
          'user-agent': 'offset-watchdog',
          ...request.headers,
          ...headersFor(request, body, address.hasChecksums),
        },
      },
      { signingDate: new Date(Date.now() + clockSkew) },
    )
    const response = await exchange(url, method, withQuery(path, query), signed.headers, body)
    const { statusCode: status = 0, headers: answer } = response
    if (status < 200 || status > 299) {
      const error = await errorOf(response, attempt)
      if (error.name === 'RequestTimeTooSkewed') clockSkew = Date.parse(answer.date ?? '') - Date.now() || 0
      throw error
    }
    try {
      onHeaders?.(answer)
    } catch (error) {
      response.destroy()
      throw error
    }
    return { headers: answer, bytes: await bodyOf(response) }
  }

  async function sendWithNewest(request: S3Request, attempt: number): Promise<S3Answer> {
    const used = await credentials.find()
    try {
      return await sendOnce(request, attempt)
    } catch (error) {
      if (!REFUSED_CREDENTIALS.includes(nameOf(error) ?? '')) throw error
      if (!(await credentials.areOtherThan(used))) throw error
      return sendOnce(request, attempt)
    }
  }

  return request =>
    retried(ATTEMPTS, isRetriable, async attempt => {
      const answer = await sendWithNewest(request, (request.unanswered ?? 0) + attempt)
      if (isWholeRead(request)) verify(answer)
      return answer
    })
}

/** Some stores send the checksum of the object with a range of it, and S3 sends it with the empty answer to a write. */
const isWholeRead = ({ method, headers }: S3Request): boolean => method === 'GET' && !headers?.range

function headersFor(request: S3Request, body: Uint8Array, hasChecksums: boolean): Record<string, string> {
  const { method, needsChecksum = false } = request
  const hashed = { 'x-amz-content-sha256': hash('sha256', body) }
  if (method === 'GET')
    return { ...hashed, ...(isWholeRead(request) && { 'x-amz-checksum-mode': 'ENABLED' }) }
  return {
    ...hashed,
    'content-length': String(body.length),
    ...((hasChecksums || needsChecksum) && {
      'x-amz-sdk-checksum-algorithm': 'CRC32',
      'x-amz-checksum-crc32': checksumOf(body),
    }),
  }
}

/** Sends a request, and returns as soon as the headers of its answer are there. */
function exchange(
  { protocol, hostname, port }: URL,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Uint8Array,
): Promise<IncomingMessage> {
  // An import of node:http would also load undici, for 50 ms.
  const { request: send } = process.getBuiltinModule(protocol === 'http:' ? 'node:http' : 'node:https')
  return new Promise((resolve, reject) => {
    const request = send({ hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path, headers }, resolve)
    const allow = (timeout: number) => request.setTimeout(timeout)
    allow(ANSWER_TIMEOUT)
    request.on('socket', socket => {
      if (!socket.connecting) return
      // The request's own timeout begins only once there is a connection.
      socket.setTimeout(CONNECT_TIMEOUT)
      socket.once('connect', () => allow(ANSWER_TIMEOUT))
    })
    request.on('timeout', () => request.destroy(new TimeoutError('it took too long')))
    request.on('error', reject)
    request.end(body.length > 0 ? body : undefined)
  })
}

/** `buffer` of node:stream/consumers goes through a Blob, which takes three times as long. */
const bodyOf = (response: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    response.on('data', chunk => chunks.push(chunk))
    response.on('end', () => resolve(Buffer.concat(chunks)))
    response.on('error', reject)
  })

async function errorOf(response: IncomingMessage, attempts: number): Promise<S3Error> {
  const { statusCode: status = 0, headers } = response
  const xml = (await bodyOf(response)).toString()
  const name = textOf(xml, 'Code') ?? (status === 403 ? 'Forbidden' : `the status ${status}`)
  const region = headers['x-amz-bucket-region']?.toString() ?? textOf(xml, 'Region')
  return new S3Error(name, textOf(xml, 'Message') ?? xml.trim().slice(0, 200), status, attempts, region)
}

/** The checksum of an object that was uploaded in parts may be one of the parts' checksums. */
function verify({ headers, bytes }: S3Answer): void {
  const expected = headers['x-amz-checksum-crc32']?.toString()
  if (expected === undefined || expected === checksumOf(bytes)) return
  if (expected.includes('-') || headers['x-amz-checksum-type'] === 'COMPOSITE') return
  throw new S3Error('BadDigest', 'the bytes do not match their checksum', 200, 1, undefined)
}

function checksumOf(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(bytes))
  return checksum.toString('base64')
}

/** The credentials have expired, or somebody has replaced them. */
const REFUSED_CREDENTIALS = [
  'ExpiredToken',
  'ExpiredTokenException',
  'TokenRefreshRequired',
  'InvalidToken',
  'InvalidAccessKeyId',
]

const RETRIABLE_NAMES = ['RequestTimeout', 'RequestTimeTooSkewed', 'BadDigest', 'TimeoutError']
const RETRIABLE_CODES =
  'ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN'.split(' ')

const isRetriable = (error: unknown): boolean =>
  RETRIABLE_STATUS.includes(statusOf(error) ?? 0) ||
  RETRIABLE_NAMES.includes(nameOf(error) ?? '') ||
  RETRIABLE_CODES.includes(codeOf(error) ?? '')

/** Escapes everything but letters, digits and `-_.~`, as the signature does. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

const encodedPath = (key: string): string => key.split('/').map(encoded).join('/')

function withQuery(path: string, query: Record<string, string>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  return pairs.length > 0 ? `${path}?${pairs.join('&')}` : path
}
