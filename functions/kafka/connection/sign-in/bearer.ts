import type { Mechanism } from 'kafkajs'
import { Failure } from '../../../core/model/failure.ts'
import type { Token, TokenSource } from './token.ts'

/** A broker refused a token. `message` is the rest of a sentence that begins with the broker. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  readonly remedy: string

  constructor(message: string, remedy: string) {
    super(message)
    this.remedy = remedy
  }
}

const b64token = /^[\w\-.~+/]+=*$/
const separator = '\u0001'

/**
 * SASL OAUTHBEARER (RFC 7628) for kafkajs. A broker answers a refused token with an error text but without an error
 * code. kafkajs' own mechanism takes that answer for success.
 */
export const bearer = (source: TokenSource): Mechanism => ({
  mechanism: 'OAUTHBEARER',
  authenticationProvider: ({ host, saslAuthenticate }) => ({
    async authenticate() {
      const token = await source.token()
      if (!b64token.test(token.value)) throw notAToken(source, token, host)
      const encode = () => sized(initialResponse(token, source.extensions))
      const refused = (why: string) => refusal(why, token, source, host)
      try {
        const answer = await saslAuthenticate({ request: { encode }, response: { decode: unsized, parse } })
        if (answer) throw refused(statusOf(answer))
      } catch (error) {
        if (!isAuthenticationFailure(error)) throw error
        throw refused(error.message)
      }
    },
  }),
})

function initialResponse({ value }: Token, extensions: TokenSource['extensions']): Buffer {
  const pairs = [['auth', `Bearer ${value}`], ...Object.entries(extensions)]
  return Buffer.from(['n,,', ...pairs.map(pair => pair.join('=')), '', ''].join(separator))
}

/** kafkajs expects bytes with their length in front. */
function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
const unsized = (bytes: Buffer): Buffer => bytes.subarray(4)
const parse = (bytes: Buffer): string => bytes.toString()

/** `{"status":"invalid_token"}` */
const statusOf = (answer: string): string => /"status" *: *"([\w -]{1,40})"/.exec(answer)?.[1] ?? ''

const isAuthenticationFailure = (error: unknown): error is Error =>
  error instanceof Error && Reflect.get(error, 'type') === 'SASL_AUTHENTICATION_FAILED'

function refusal(why: string, token: Token, source: TokenSource, host: string): TokenRefused {
  const { subject, remedy } = source.explain(token, host)
  const isShown = why !== '' && !why.includes(token.value)
  const said = isShown
    ? `: ${why
        .replace(/\p{C}+/gu, ' ')
        .slice(0, 200)
        .replace(/\.$/, '')}`
    : ''
  return new TokenRefused(`refuses ${subject}${said}`, remedy)
}

function notAToken(source: TokenSource, token: Token, host: string): Failure {
  const { subject } = source.explain(token, host)
  return new Failure(
    `cannot sign in to Kafka: ${subject} contains characters that a bearer token may not have.`,
  )
}
