import type { WorkingHours } from './working-hours.ts'

/** Everything that can be set, after validation. Read by functions/config/settings.ts; the names a user knows are in its table. */
export interface Settings {
  clusters: ClusterSettings[]
  /** A folder, s3://bucket/prefix or gs://bucket/prefix. */
  store: string
  /** ms for which nobody can delete a snapshot from the bucket; undefined: it is not locked. */
  storeLock: number | undefined
  /** ms between two snapshots: by it `status` and `watch` judge whether the newest one is too old. */
  interval: number
  /** ms by which the brokers' clocks and ours may differ. */
  clockSkew: number
  /** What one run reads of `__consumer_offsets` at the most; 0 ms: nothing. */
  log: { ms: number; bytes: number }
  slack: SlackSettings | undefined
  slashCommand: SlashCommandSettings | undefined
  /** Each is told of every incident. */
  webhooks: WebhookSettings[]
  /** Where this repository is to be read, for links of messages into its docs; undefined: they are named. */
  docs: string | undefined
  /** Called after each complete snapshot and each successful watch; it may be a secret. Undefined: nothing is called. */
  pingUrl: string | undefined
  /** Where people reach the page of `serve` or `run --page`. */
  url: string | undefined
  metrics: MetricsSettings
}

/** They bound the number of series. */
export interface MetricsSettings {
  /** A pattern of group ids. */
  groups: string
  /** Whether each partition has series of its own. */
  partitions: boolean
  /** Whose names offsets and lag have. */
  names: 'own' | 'kafka-lag-exporter'
}

export interface SlackSettings {
  token: string
  channel: string
  /** As Slack writes it, such as `<!here>` or `<@U123>`; undefined: nobody is mentioned. */
  mention: string | undefined
  apiUrl: string | undefined
  /** ms after midnight. */
  digestAt: number
  /** The time zone of `digestAt`, such as Europe/Oslo; undefined: UTC. */
  digestZone?: string | undefined
  /** Whether messages of incidents have buttons. */
  buttons: boolean
}

export interface WebhookSettings {
  /** By it messages name the webhook, and the store keeps what was sent. */
  name: string
  format: 'cloudevents' | 'alertmanager'
  /** It may be a secret. */
  url: string
  /** Events are signed with it; undefined for Alertmanager. */
  secret: string | undefined
  /** Value of the header `authorization`. */
  authorization: string | undefined
}

export interface SlashCommandSettings {
  /** With it Slack signs what the slash command sends. */
  signingSecret: string
  /** The only workspace that may use the slash command. */
  teamId: string
  /** As in SlackSettings: answers may go to its host. */
  apiUrl: string | undefined
  /** How many copies of its function AWS Lambda runs at once; undefined: as many as the account may have. */
  reservedConcurrency: number | undefined
}

export interface ClusterSettings {
  name: string
  kafka: KafkaSettings
  /** The ARN of a cluster of Amazon MSK, from which a deployment's IAM rights follow. */
  msk: { arn: string } | undefined
  /** Groups to watch by name; undefined: all of the cluster. */
  groups: string[] | undefined
  /** ms, null for no limit; what to assume where a broker does not tell its retention. Undefined: Kafka's default of 7 days. */
  retention: number | null | undefined
  policy: PolicySettings
}

export interface KafkaSettings {
  brokers: string[]
  protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  /** PEM texts. */
  ca: string | undefined
  certificate: string | undefined
  privateKey: string | undefined
  sasl: SaslSettings | undefined
}

export type SaslSettings = PasswordSettings | AwsIamSettings | OAuthSettings

export interface PasswordSettings {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
  username: string
  password: string
}

/** Amazon MSK: a signature with AWS credentials takes the place of a password. */
export interface AwsIamSettings {
  mechanism: 'aws-msk-iam'
  region: string
  /** The role to assume first, such as one of another account. Undefined: the process's own AWS identity signs in. */
  role: { arn: string; externalId: string | undefined; sessionName: string } | undefined
}

export interface OAuthSettings {
  mechanism: 'oauthbearer'
  token: TokenFile | ClientCredentials
  /** SASL extensions (RFC 7628, KIP-342), which some services need beside the token. */
  extensions: Readonly<Record<string, string>>
}

export interface TokenFile {
  path: string
}

/** OAuth's grant of that name: RFC 6749, section 4.4. */
export interface ClientCredentials {
  endpoint: string
  clientId: string
  clientSecret: string
  scope: string | undefined
  audience: string | undefined
}

/** Patterns match whole group ids; `*` stands for any characters. The first pattern that matches wins. */
export interface PolicySettings {
  /** ms before the deadline. */
  levels: Levels
  levelsByGroup: { pattern: string; levels: Levels }[]
  /** Who is told of records that a group has not read. */
  records: RecordsAlert
  recordsByGroup: { pattern: string; records: RecordsAlert }[]
  /** Patterns of groups whose step back, while they have members, opens an incident. */
  stepBackAlerts: string[]
  ignore: IgnoreRule[]
  /** Owner and channel of the groups that match; all other groups go to the channel of SlackSettings. */
  routes: Route[]
  /** Nothing but losses is posted about these groups meanwhile. */
  maintenance?: MaintenanceWindow[] | undefined
  /** Patterns of groups whose commit metadata is not stored. */
  withoutMetadata: string[]
  /** Patterns of groups whose last member is not stored. */
  withoutMembers: string[]
}

/** `alert`: incidents of groups in use, else the digest; `digest`: no incidents; `off`: nothing in Slack. */
export const recordsAlerts = ['alert', 'digest', 'off'] as const
export type RecordsAlert = (typeof recordsAlerts)[number]

/** Times in ms since the epoch. */
export interface MaintenanceWindow {
  pattern: string
  from: number
  until: number
  reason: string
}

export interface Levels {
  first: number
  second: number
  last: number
}

export interface Route {
  pattern: string
  /** Name or id; undefined: the channel of SlackSettings. */
  channel: string | undefined
  /** In place of SlackSettings' mention; undefined: that one. */
  mention: string | undefined
  /** Whose groups these are, such as a team's name. */
  owner?: string | undefined
  /** A last call that would come outside of them comes in the last hour of them before. */
  hours?: WorkingHours | undefined
  /** Where it stands, if not in the settings themselves. */
  place?: IncludedPlace | undefined
}

/** A route's position in a file that the settings include. */
export interface IncludedPlace {
  file: string
  index: number
}

/** A route as errors name it: `routes[2]`, or `routes[0] in teams/payments.yaml`. */
export function routeName(route: Route, routes: readonly Route[], key?: keyof Route): string {
  const { file, index } = route.place ?? { file: undefined, index: routes.indexOf(route) }
  return `routes[${index}]${key ? `.${key}` : ''}${file === undefined ? '' : ` in ${file}`}`
}

export interface IgnoreRule {
  pattern: string
  reason: string
  /** ms since the epoch; from then on the rule no longer holds. Undefined: for ever. */
  until: number | undefined
}
