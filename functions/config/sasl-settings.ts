import { regionOfArn, regionOfBroker } from '../core/model/msk.ts'
import type {
  AwsIamSettings,
  ClusterSettings,
  KafkaSettings,
  OAuthSettings,
  SaslSettings,
} from '../core/model/settings.ts'
import type { KafkaSection, NameOf } from './kafka-section.ts'
import { mechanisms } from './kafka-section.ts'
import { usage } from './yaml-file.ts'

type Mechanism = NonNullable<KafkaSection['saslMechanism']>
type SaslKey = Extract<keyof KafkaSection, `sasl${string}`>
type Cluster = Pick<ClusterSettings, 'name' | 'msk'>

const passwordKeys: SaslKey[] = ['saslUsername', 'saslPassword']
/** The settings that each mechanism uses. */
const keysOf: Record<Mechanism, SaslKey[]> = {
  PLAIN: passwordKeys,
  'SCRAM-SHA-256': passwordKeys,
  'SCRAM-SHA-512': passwordKeys,
  AWS_MSK_IAM: ['saslAwsRegion', 'saslAwsRoleArn', 'saslAwsExternalId'],
  OAUTHBEARER: [
    'saslOauthTokenEndpoint',
    'saslOauthClientId',
    'saslOauthClientSecret',
    'saslOauthScope',
    'saslOauthAudience',
    'saslOauthExtensions',
    'saslOauthTokenPath',
  ],
}

/** How to sign in; undefined if the protocol has no SASL. Contradicting settings are refused. */
export function saslSettings(
  configured: KafkaSection,
  cluster: Cluster,
  protocol: KafkaSettings['protocol'],
  nameOf: NameOf,
): SaslSettings | undefined {
  const { saslMechanism: mechanism } = configured
  const given = (keys: SaslKey[]) => keys.find(key => configured[key] !== undefined)
  const refused = (key: SaslKey, why: string) => usage(`${nameOf(key)} is set, but ${why}.`)

  if (protocol === 'PLAINTEXT' || protocol === 'SSL') {
    const key = given(['saslMechanism', ...Object.values(keysOf).flat()])
    if (key === undefined) return undefined
    throw refused(key, `${nameOf('securityProtocol')} is ${protocol}: choose SASL_SSL or SASL_PLAINTEXT`)
  }
  if (!mechanism) {
    const remedy = `choose ${mechanisms}`
    throw usage(
      `${nameOf('saslMechanism')} is not set, but ${nameOf('securityProtocol')} is ${protocol}: ${remedy}.`,
    )
  }
  const unused = given(
    Object.values(keysOf)
      .flat()
      .filter(key => !keysOf[mechanism].includes(key)),
  )
  if (unused)
    throw refused(unused, `${nameOf('saslMechanism')} is ${mechanism}, which does not use this setting`)

  switch (mechanism) {
    case 'AWS_MSK_IAM':
      return awsIam(configured, cluster, nameOf)
    case 'OAUTHBEARER':
      return oauth(configured, nameOf)
    case 'PLAIN':
      return { mechanism: 'plain', ...user() }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', ...user() }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', ...user() }
  }

  function user() {
    const why = `${nameOf('securityProtocol')} is ${protocol}`
    return {
      username: required(configured, 'saslUsername', nameOf, why),
      password: required(configured, 'saslPassword', nameOf, why),
    }
  }
}

type Text = Exclude<SaslKey, 'saslMechanism' | 'saslOauthExtensions'>

/** @param why the reason why the setting is required */
function required(configured: KafkaSection, key: Text, nameOf: NameOf, why: string): string {
  const value = configured[key]
  if (value) return value
  throw usage(`${nameOf(key)} is not set, but ${why}: set it.`)
}

function awsIam(configured: KafkaSection, { name, msk }: Cluster, nameOf: NameOf): AwsIamSettings {
  const { saslAwsRegion, saslAwsRoleArn: arn, saslAwsExternalId: externalId, brokers = [] } = configured
  if (externalId && !arn) {
    throw usage(
      `${nameOf('saslAwsExternalId')} is set, but ${nameOf('saslAwsRoleArn')} is not: an external ID belongs to a role.`,
    )
  }
  const [named] = brokers.flatMap(address => regionOfBroker(address.replace(/:\d+$/, '')) ?? [])
  const region = saslAwsRegion ?? named ?? (msk && regionOfArn(msk.arn))
  // A command that only reads the store has no brokers and needs no sign-in.
  if (region === undefined && brokers.length > 0) {
    throw usage(
      `${nameOf('saslAwsRegion')} is not set, and no address in ${nameOf('brokers')} names a region of AWS: write one such as eu-west-1.`,
    )
  }
  // Another session name would be another principal, and Kafka refuses to renew a session for it (KIP-368).
  const sessionName = `offset-watchdog-${name}`.slice(0, 64)
  return {
    mechanism: 'aws-msk-iam',
    region: region ?? '',
    role: arn ? { arn, externalId, sessionName } : undefined,
  }
}

function oauth(configured: KafkaSection, nameOf: NameOf): OAuthSettings {
  const { saslOauthTokenPath: path, saslOauthTokenEndpoint: endpoint } = configured
  const {
    saslOauthExtensions: extensions = {},
    saslOauthScope: scope,
    saslOauthAudience: audience,
  } = configured
  if (path) {
    const other = keysOf.OAUTHBEARER.find(
      key => !/TokenPath|Extensions/.test(key) && configured[key] !== undefined,
    )
    if (other === undefined) return { mechanism: 'oauthbearer', token: { path }, extensions }
    throw usage(
      `${nameOf(other)} is set, but ${nameOf('saslOauthTokenPath')} is, too: a token comes from the endpoint or from a file.`,
    )
  }
  if (!endpoint) {
    throw usage(
      `${nameOf('saslOauthTokenEndpoint')} is not set, but ${nameOf('saslMechanism')} is OAUTHBEARER: set it, or ${nameOf('saslOauthTokenPath')}.`,
    )
  }
  const why = `${nameOf('saslOauthTokenEndpoint')} is`
  const clientId = required(configured, 'saslOauthClientId', nameOf, why)
  const clientSecret = required(configured, 'saslOauthClientSecret', nameOf, why)
  return {
    mechanism: 'oauthbearer',
    token: { endpoint, clientId, clientSecret, scope, audience },
    extensions,
  }
}
