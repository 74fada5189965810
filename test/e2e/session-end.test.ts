import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { SESSION, startTokenKafka, type TokenKafka } from '../brokers/tokens.ts'
import { until } from '../brokers/until.ts'
import { type SlowNetwork, slowNetwork } from './slow-network.ts'
import { type Watchdog, watchdog } from './watchdog.ts'

// A session ends while a snapshot reads: the network is so slow that the read takes longer than a session.

let kafka: TokenKafka
let fast: SlowNetwork
let slow: SlowNetwork
let dog: Watchdog

beforeAll(async () => {
  ;[fast, slow] = await Promise.all([slowNetwork(), slowNetwork()])
  const advertised = `PLAINTEXT://${fast.address},SESSIONS://${slow.address}`
  kafka = await startTokenKafka({
    retentionMinutes: 600,
    properties: { 'advertised.listeners': advertised },
  })
  fast.broker = kafka.bootstrap[0] ?? ''
  slow.broker = kafka.sessions[0] ?? ''
  await createTopic([fast.address], 'orders', { records: 5 })
  const offsets = [{ topic: 'orders', partition: 0, offset: 2n }]
  await commitRaw([fast.address], [{ group: 'invoices', offsets }])
  dog = await watchdog({ KAFKA_BROKERS: fast.address })
})
const inSessions = () => ({
  KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
  KAFKA_BROKERS: slow.address,
  KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
  KAFKA_SASL_OAUTH_TOKEN_ENDPOINT: kafka.provider.tokenEndpoint,
  KAFKA_SASL_OAUTH_CLIENT_ID: kafka.provider.client.id,
  KAFKA_SASL_OAUTH_CLIENT_SECRET: kafka.provider.client.secret,
})
beforeEach(() => {
  // The token is renewed at half its life. At that time both connections have signed in, and the read is not over.
  Object.assign(kafka.provider, { claims: { life: (2 * SESSION) / 1000 }, answer: undefined })
})
afterAll(async () => {
  await dog?.[Symbol.asyncDispose]()
  await kafka?.close()
  await Promise.all([fast, slow].map(network => network?.[Symbol.asyncDispose]()))
})

/** The number of answers until both connections have signed in and the read has its first answers. */
const SIGNED_IN = 9

/**
 * Takes a snapshot whose network becomes slow in the middle of the read.
 * @param then called at that time
 */
async function longSnapshot(args: string[], then: () => void) {
  const [before, answers] = [kafka.provider.requests.length, slow.answers]
  const tokens = () => kafka.provider.requests.length - before
  let isOver = false
  let tokensForSignIn = 0
  slow.onAnswer = () => {
    if (slow.answers - answers !== SIGNED_IN) return
    tokensForSignIn = tokens()
    then()
    slow.delay = SESSION / 2
  }
  const taken = dog.cli(['snapshot', ...args], inSessions()).finally(() => {
    isOver = true
  })
  await until(async () => tokens() >= 2 || isOver)
  slow.onAnswer = () => {}
  slow.delay = 0
  expect(tokensForSignIn).toBe(1)
  return { ...(await taken), tokens: tokens() }
}

test('if the session is renewed, the snapshot is complete', async () => {
  const { code, stdout, tokens } = await longSnapshot(['--json'], () => {})
  expect(code).toBe(0)
  expect(JSON.parse(stdout).snapshots).toMatchObject([{ complete: true, problems: [] }])
  expect(tokens).toBeGreaterThan(1)
})

test.each<[string, () => void, RegExp]>([
  [
    'the broker refuses the new token',
    () => {
      kafka.provider.claims = { aud: 'billing', life: 300 }
    },
    /refuses the token of KAFKA_SASL_OAUTH_TOKEN_ENDPOINT \(issuer "http.*", audience "billing", valid until .*\): invalid_token\. Check/,
  ],
  [
    'the endpoint refuses the client',
    () => {
      kafka.provider.answer = response => response.writeHead(401).end('{"error":"invalid_client"}')
    },
    /KAFKA_SASL_OAUTH_TOKEN_ENDPOINT .* refuses the client "offset:watchdog"/,
  ],
])(
  'if the session is not renewed because %s, one sentence says so and nothing is lost',
  async (_, after, sentence) => {
    expect(await dog.cli(['snapshot'])).toMatchObject({ code: 0, stderr: '' })
    const known = JSON.parse((await dog.cli(['status', '--json'])).stdout).clusters[0]

    const { code, stdout, stderr, tokens } = await longSnapshot([], after)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(tokens).toBeGreaterThan(1)
    expect(stderr).toMatch(sentence)
    expect(stderr).toMatch(/^[^\n]+[.?]\n$/)
    const secrets = [...kafka.provider.given, kafka.provider.client.secret, 'eyJ']
    expect(secrets.filter(secret => stderr.includes(secret))).toEqual([])

    expect(JSON.parse((await dog.cli(['status', '--json'])).stdout).clusters[0]).toEqual(known)
  },
)
