import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { codeOf, property } from '../../core/model/failure.ts'

/** There are no Google credentials. */
export class NoCredentials extends Error {}

/** This scope allows a program to read, create and delete objects, but not to change rights. */
const scope = 'https://www.googleapis.com/auth/devstorage.read_write'

/** A token is renewed this number of ms before it expires. */
const EARLY = 5 * 60_000

/** A pod's metadata server may need a few seconds after the pod has started. */
const METADATA_ATTEMPTS = 4

const answer = v.object({ access_token: v.string(), expires_in: v.number() })
const impersonated = v.object({ accessToken: v.string(), expireTime: v.pipe(v.string(), v.isoTimestamp()) })

/** A file of Application Default Credentials, of a kind without a service account's long-lived key. */
const credentials = v.variant('type', [
  v.object({
    type: v.literal('authorized_user'),
    client_id: v.string(),
    client_secret: v.string(),
    refresh_token: v.string(),
  }),
  v.object({
    type: v.literal('external_account'),
    audience: v.string(),
    subject_token_type: v.string(),
    token_url: v.string(),
    service_account_impersonation_url: v.optional(v.string()),
    credential_source: v.object({ file: v.string() }),
  }),
])

interface GoogleToken {
  token: string
  /** ms since the epoch */
  endsAt: number
}

/**
 * Makes a function that returns a token of Application Default Credentials: from the file that
 * GOOGLE_APPLICATION_CREDENTIALS or gcloud names, else from the metadata server (workload identity). A token is cached
 * until shortly before it expires. Google's own library does the same, and is a quarter of everything that npm would
 * install. https://cloud.google.com/docs/authentication/application-default-credentials
 * @throws NoCredentials, or an Error of the endpoint that refused
 */
export function signIn(): () => Promise<string> {
  let current: Promise<GoogleToken> | undefined
  let endsAt = 0
  return async () => {
    if (current === undefined || Date.now() > endsAt - EARLY) {
      current = newToken()
      endsAt = Number.POSITIVE_INFINITY
    }
    try {
      const { token, endsAt: end } = await current
      endsAt = end
      return token
    } catch (error) {
      current = undefined
      throw error
    }
  }
}

async function newToken(): Promise<GoogleToken> {
  const file = await credentialsFile()
  if (file === undefined) return fromMetadataServer()
  const { type } = file
  if (type === 'authorized_user') {
    const { client_id, client_secret, refresh_token } = file
    const form = { grant_type: 'refresh_token', client_id, client_secret, refresh_token }
    return tokenOf(await post('https://oauth2.googleapis.com/token', new URLSearchParams(form)))
  }
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    audience: file.audience,
    scope: file.service_account_impersonation_url ? 'https://www.googleapis.com/auth/cloud-platform' : scope,
    subject_token_type: file.subject_token_type,
    subject_token: (await readFile(file.credential_source.file, 'utf8')).trim(),
  }
  const federated = tokenOf(await post(file.token_url, new URLSearchParams(form)))
  if (file.service_account_impersonation_url === undefined) return federated
  const body = JSON.stringify({ scope: [scope] })
  const headers = { authorization: `Bearer ${federated.token}`, 'content-type': 'application/json' }
  const { accessToken, expireTime } = v.parse(
    impersonated,
    await post(file.service_account_impersonation_url, body, headers),
  )
  return { token: accessToken, endsAt: Date.parse(expireTime) }
}

async function credentialsFile(): Promise<v.InferOutput<typeof credentials> | undefined> {
  const { GOOGLE_APPLICATION_CREDENTIALS: named, CLOUDSDK_CONFIG: gcloud } = process.env
  const path =
    named || join(gcloud || join(homedir(), '.config', 'gcloud'), 'application_default_credentials.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (!named) return undefined
    throw new Error(`GOOGLE_APPLICATION_CREDENTIALS is "${path}", which cannot be read`, { cause })
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), credentials), text)
  if (parsed.success) return parsed.output
  throw new Error(`${path} holds no credentials of type authorized_user, or external_account with a file`)
}

async function fromMetadataServer(): Promise<GoogleToken> {
  const host = process.env.GCE_METADATA_HOST || 'metadata.google.internal'
  const url = `http://${host}/computeMetadata/v1/instance/service-accounts/default/token?scopes=${scope}`
  for (let attempt = 1; ; attempt++) {
    try {
      return tokenOf(await json(url, { headers: { 'metadata-flavor': 'Google' } }))
    } catch (cause) {
      // This name exists only in Google Cloud.
      const isElsewhere = codeOf(property(cause, 'cause')) === 'ENOTFOUND'
      if (isElsewhere || attempt === METADATA_ATTEMPTS)
        throw new NoCredentials('the metadata server gives no token', { cause })
      await sleep(500 * attempt)
    }
  }
}

const post = (url: string, body: string | URLSearchParams, headers = {}) =>
  json(url, { method: 'POST', body, headers })

async function json(url: string, request: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) })
  if (response.ok) return response.json()
  throw new Error(
    `${new URL(url).host} answered ${response.status}: ${(await response.text()).slice(0, 200)}`,
  )
}

function tokenOf(body: unknown): GoogleToken {
  const { access_token, expires_in } = v.parse(answer, body)
  return { token: access_token, endsAt: Date.now() + expires_in * 1000 }
}
