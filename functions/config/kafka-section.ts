import * as v from 'valibot'
import { isUrlWithoutUser, matching, parsed, perhaps, section, text } from './forms.ts'

const brokerAddress = /^(\[[0-9a-fA-F:.]+\]|[^\s:/,[\]]+):(\d+)$/
const hasPort = (address: string) => {
  const port = Number(brokerAddress.exec(address)?.[2])
  return port >= 1 && port <= 65_535
}
const listOf = (value: string | string[]) =>
  (Array.isArray(value) ? value : value.split(',')).map(address => address.trim())
const addresses = 'write host:port; separate several with commas'

/** `a:9092,b:9092` in the environment, or a list in YAML. */
const brokers = v.pipe(
  v.union([v.string(), v.pipe(v.array(v.string()), v.nonEmpty())], addresses),
  v.check(value => listOf(value).every(address => brokerAddress.test(address)), addresses),
  v.check(value => listOf(value).every(hasPort), 'write a port from 1 to 65535 after each host'),
  v.transform(listOf),
)

export const mechanisms = 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, AWS_MSK_IAM or OAUTHBEARER'

export const kafkaSection = section({
  // Only commands that talk to Kafka need brokers. To look up lost offsets the store is enough.
  brokers: perhaps(brokers),
  securityProtocol: perhaps(
    v.picklist(
      ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'],
      'choose PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL',
    ),
  ),
  ca: perhaps(text),
  caPath: perhaps(text),
  certificate: perhaps(text),
  certificatePath: perhaps(text),
  privateKey: perhaps(text),
  privateKeyPath: perhaps(text),
  saslMechanism: perhaps(
    v.picklist(
      ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'AWS_MSK_IAM', 'OAUTHBEARER'],
      `choose ${mechanisms}`,
    ),
  ),
  saslUsername: perhaps(text),
  saslPassword: perhaps(text),
  saslAwsRegion: perhaps(matching(/^[a-z]{2,}(-[a-z]+)+-\d$/, 'write a region such as eu-west-1')),
  saslAwsRoleArn: perhaps(
    matching(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
      'write the ARN of a role, such as arn:aws:iam::123456789012:role/kafka-reader',
    ),
  ),
  saslAwsExternalId: perhaps(text),
  saslOauthTokenEndpoint: perhaps(
    v.pipe(
      text,
      v.check(isUrlWithoutUser, 'write an http or https URL such as https://login.example.com/oauth2/token'),
    ),
  ),
  saslOauthClientId: perhaps(text),
  saslOauthClientSecret: perhaps(text),
  saslOauthScope: perhaps(text),
  saslOauthAudience: perhaps(text),
  saslOauthExtensions: perhaps(
    parsed('write name=value, such as logicalCluster=lkc-1; separate several with commas', extensionsOf),
  ),
  saslOauthTokenPath: perhaps(text),
})

/** Names and values as Kafka's OAuthBearerClientInitialResponse accepts them; `auth` is the token itself. */
function extensionsOf(text: string): Record<string, string> | undefined {
  const pairs = text.split(',').map(pair => /^ *(?!auth=)([A-Za-z]+)=([\x21-\x7e]+) *$/.exec(pair))
  if (pairs.some(pair => pair === null)) return undefined
  return Object.fromEntries(pairs.map(pair => [pair?.[1], pair?.[2]]))
}

export type KafkaSection = v.InferOutput<typeof kafkaSection>

/** The name of a setting as the user knows it. */
export type NameOf = (key: keyof KafkaSection) => string
