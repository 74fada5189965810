import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Claims {
  aud?: string
  sub?: string
  /** Lifetime of a new token in seconds. */
  life?: number
}

/** A request to the token endpoint. */
export interface TokenRequest {
  authorization: string
  form: Record<string, string>
}

type Answer = (response: ServerResponse) => void

/** An OAuth server on this machine: a token endpoint for one client, and the public key of its tokens. */
export interface IdentityProvider extends AsyncDisposable {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly jwks: string
  readonly client: { id: string; secret: string }
  /** All requests to the token endpoint so far. */
  readonly requests: readonly TokenRequest[]
  /** The issued tokens. */
  readonly given: readonly string[]
  /** The claims of new tokens; can be changed. */
  claims: Claims
  /** Answers requests to the token endpoint in place of a token. */
  answer: Answer | undefined
  /** Makes a token, signed with its own key, with another one, or with none. */
  token(claims?: Claims, key?: 'own' | 'other' | 'none'): string
}

export const audience = 'kafka'

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { privateKey: otherKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const keys = { own: privateKey, other: otherKey, none: undefined }
  // With characters that Basic authentication must encode.
  const client = { id: 'offset:watchdog', secret: 'hunter2 +%/' }
  const requests: TokenRequest[] = []
  const given: string[] = []

  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => void handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

  const provider: IdentityProvider = {
    issuer,
    tokenEndpoint: `${issuer}/token`,
    jwks: `${issuer}/jwks`,
    client,
    requests,
    given,
    claims: {},
    answer: undefined,
    token: ({ aud = audience, sub = 'watchdog', life = 300 } = {}, key = 'own') => {
      const now = Math.floor(Date.now() / 1000)
      return jwt({ iss: issuer, aud, sub, iat: now + Math.min(life, 0) - 1, exp: now + life }, keys[key])
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/jwks')
      return json(response, 200, {
        keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key', use: 'sig', alg: 'RS256' }],
      })
    const form = Object.fromEntries(new URLSearchParams(await text(request)))
    const { authorization = '' } = request.headers
    requests.push({ authorization, form })
    if (provider.answer) return provider.answer(response)

    const user = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()
    const [id = '', secret = ''] = user.split(':').map(decodeURIComponent)
    if (id !== client.id || secret !== client.secret || form.grant_type !== 'client_credentials')
      return json(response, 401, { error: 'invalid_client', error_description: `no client ${user}` })
    if (form.scope === 'nonsense') return json(response, 400, { error: 'invalid_scope' })
    const token = provider.token({ ...(form.audience && { aud: form.audience }), ...provider.claims })
    given.push(token)
    json(response, 200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: provider.claims.life ?? 300,
    })
  }
  return provider
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A JWT (RFC 7519), signed with RS256; unsigned without a key. */
function jwt(claims: object, key: KeyObject | undefined): string {
  const header = { alg: key ? 'RS256' : 'none', kid: 'key', typ: 'JWT' }
  const text = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${key ? sign('RSA-SHA256', Buffer.from(text), key).toString('base64url') : ''}`
}
