import { errorText, property } from '../../core/model/failure.ts'
import { signIn } from './gcs-sign-in.ts'
import { RETRIABLE_STATUS, retried } from './retry.ts'

/** An object may be replaced about once a second. https://cloud.google.com/storage/docs/retry-strategy */
const ATTEMPTS = 6

/** Google Cloud Storage refused a request. `attempts`: number of times it was sent. */
export class GcsError extends Error {
  readonly status: number
  readonly attempts: number

  constructor(status: number, message: string, attempts: number) {
    super(message)
    this.status = status
    this.attempts = attempts
  }
}

/** Google credentials are missing or were refused; `cause` says which. */
export class SignInFailed extends Error {}

export interface GcsRequest {
  method?: 'GET' | 'POST' | 'DELETE'
  /** The path below the API's address: `/storage/v1/b/…`. */
  path: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Uint8Array
  /** Called before the body is read; throws to refuse the body. */
  onHeaders?: (headers: Headers) => void
}

export interface GcsAnswer {
  headers: Headers
  bytes: Uint8Array
}

/**
 * Sends requests to the JSON API of Google Cloud Storage, with the credentials from `gcs-sign-in.ts`.
 * STORAGE_EMULATOR_HOST names an emulator, as in Google's own libraries; an emulator gets no credentials. Requests that
 * fail temporarily are repeated, and callers must allow for that.
 * @throws GcsError, SignInFailed, or the network's own error
 */
export function gcsRequests(): (request: GcsRequest) => Promise<GcsAnswer> {
  const token = signIn()

  async function authorization(): Promise<Headers> {
    if (process.env.STORAGE_EMULATOR_HOST) return new Headers()
    try {
      return new Headers({ authorization: `Bearer ${await token()}` })
    } catch (error) {
      throw new SignInFailed(errorText(error), { cause: error })
    }
  }

  async function sendOnce(request: GcsRequest, attempt: number): Promise<GcsAnswer> {
    const { method = 'GET', path, query = {}, headers = {}, body, onHeaders } = request
    const url = `${address()}${path}?${new URLSearchParams(query).toString()}`
    const signed = await authorization()
    for (const [name, value] of Object.entries(headers)) signed.set(name, value)
    const response = await fetch(url, {
      method,
      headers: signed,
      signal: AbortSignal.timeout(60_000),
      ...(body && { body: Buffer.from(body) }),
    })
    if (!response.ok) throw new GcsError(response.status, reasonIn(await response.text()), attempt)
    try {
      onHeaders?.(response.headers)
    } catch (error) {
      await response.body?.cancel()
      throw error
    }
    return { headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) }
  }

  return request => retried(ATTEMPTS, isRetriable, attempt => sendOnce(request, attempt))
}

function address(): string {
  const emulator = process.env.STORAGE_EMULATOR_HOST?.replace(/\/$/, '')
  if (!emulator) return 'https://storage.googleapis.com'
  return emulator.includes('://') ? emulator : `http://${emulator}`
}

function isRetriable(error: unknown): boolean {
  if (error instanceof GcsError) return RETRIABLE_STATUS.includes(error.status)
  const name = property(error, 'name')
  // `fetch` throws a TypeError with a cause if there is no answer, or the body breaks off.
  return name === 'TimeoutError' || (name === 'TypeError' && property(error, 'cause') !== undefined)
}

/** The message of a JSON error, or the beginning of any other answer. */
function reasonIn(body: string): string {
  try {
    const message: unknown = JSON.parse(body)?.error?.message
    if (typeof message === 'string') return message
  } catch {
    // Not JSON: the answer to a download is text.
  }
  return body.trim().slice(0, 200)
}
