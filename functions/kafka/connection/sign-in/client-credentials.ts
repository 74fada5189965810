import { Failure, property } from '../../../core/model/failure.ts'
import type { ClientCredentials, OAuthSettings } from '../../../core/model/settings.ts'
import { claimsOf } from './claims.ts'
import { renewed, type Token, type TokenSource } from './token.ts'

/** Time limit in ms for one answer, well below the time limit for a broker's socket. */
const TIMEOUT = 5_000
/** Lifetime in ms that is assumed if the endpoint does not give the lifetime of a token. */
const DEFAULT_LIFE = 60_000

/** OAuth's client credentials grant: RFC 6749, section 4.4. */
export const clientCredentials = (
  settings: ClientCredentials,
  extensions: OAuthSettings['extensions'],
): TokenSource => ({
  mechanism: 'OAUTHBEARER',
  extensions,
  token: renewed(() => fetchToken(settings)),
  explain: ({ value }) => ({
    subject: `the token of KAFKA_SASL_OAUTH_TOKEN_ENDPOINT${claimsOf(value)}`,
    remedy:
      'Check KAFKA_SASL_OAUTH_SCOPE, KAFKA_SASL_OAUTH_AUDIENCE and KAFKA_SASL_OAUTH_EXTENSIONS against the issuer and audience that the broker expects.',
  }),
})

async function fetchToken(settings: ClientCredentials): Promise<Token> {
  const { endpoint, clientId, clientSecret, scope, audience } = settings
  const { origin, pathname } = new URL(endpoint)
  const failed = (why: string, remedy: string) =>
    new Failure(
      `cannot sign in to Kafka: KAFKA_SASL_OAUTH_TOKEN_ENDPOINT (${origin}${pathname}) ${why}. ${remedy}`,
    )
  const user = [clientId, clientSecret].map(encodeURIComponent).join(':')
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope && { scope }),
    ...(audience && { audience }),
  })
  const startedAt = Date.now()
  const { status, text } = await post(endpoint, user, body).catch((error: unknown) => {
    throw failed(...outOfReach(error))
  })
  if (status >= 300 && status < 400)
    throw failed(`redirects (status ${status})`, 'Set it to the address of the token endpoint itself.')

  const answer = parsed(text)
  if (answer === undefined)
    throw failed(
      `answers ${/^\s*</.test(text) ? 'HTML' : 'something'} instead of JSON (status ${status})`,
      'Is it the token endpoint, or a sign-in page or a proxy?',
    )
  const { error, access_token: value, expires_in: life } = answer
  if (status !== 200) throw failed(...refused(status, error, settings))
  if (typeof value !== 'string' || value === '')
    throw failed('answers without an access_token', 'Is it the token endpoint?')
  const ms = Number(life) > 0 ? Number(life) * 1000 : DEFAULT_LIFE
  return { value, expiresAt: startedAt + ms }
}

async function post(endpoint: string, user: string, body: URLSearchParams) {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      authorization: `Basic ${Buffer.from(user).toString('base64')}`,
    },
    body,
    // A redirect would send the secret to another host.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT),
  })
  return { status: answer.status, text: await answer.text() }
}

type EndpointTrouble = [why: string, remedy: string]

/** Does not use the error's own message, which may contain the request. */
function outOfReach(error: unknown): EndpointTrouble {
  if (property(error, 'name') === 'TimeoutError')
    return [`does not answer within ${TIMEOUT / 1000} s`, 'Check the address, and the network path to it.']
  const told = property(property(error, 'cause'), 'code')
  const code = typeof told === 'string' ? told : 'no connection'
  return /CERT|VERIFY|ISSUER/.test(code)
    ? [
        `shows a certificate that is not trusted (${code})`,
        'Name the file of its authority in NODE_EXTRA_CA_CERTS.',
      ]
    : [`is out of reach (${code})`, 'Check the address, and the network path to it.']
}

function refused(status: number, error: unknown, { clientId, scope }: ClientCredentials): EndpointTrouble {
  // The message shows only the code of the error, since the description is free text that may repeat the request.
  const code = typeof error === 'string' && /^\w{1,40}$/.test(error) ? `${error}, ` : ''
  const answered = `(${code}status ${status})`
  if (error === 'invalid_scope')
    return [`refuses the scope ${JSON.stringify(scope ?? '')} ${answered}`, 'Check KAFKA_SASL_OAUTH_SCOPE.']
  if (status === 400 || status === 401 || status === 403)
    return [
      `refuses the client ${JSON.stringify(clientId)} ${answered}`,
      'Check KAFKA_SASL_OAUTH_CLIENT_ID and KAFKA_SASL_OAUTH_CLIENT_SECRET.',
    ]
  return [`gives no token ${answered}`, 'See the log of that service.']
}

/** JSON that is an object. Drops the parser's error, since it quotes the text, which may contain a token. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    return undefined
  }
}
