import type { Person } from './person.ts'

/**
 * All settings after validation. functions/config/settings.ts reads them; docs/settings.md has the names that users
 * know.
 */
export interface Settings {
  clusters: ClusterSettings[]
  /** A folder, s3://bucket/prefix or gs://bucket/prefix. */
  store: string
  /** ms during which nobody can delete a snapshot from the bucket; undefined: not locked. */
  storeLock: number | undefined
  /** Prefixes of other stacks on AWS that share this stack's bucket. */
  storeSharedWith: string[]
  /** ms between two snapshots. `status` and `watch` use it to judge whether the newest snapshot is too old. */
  interval: number
  /** ms by which the brokers' clocks and ours may differ. */
  clockSkew: number
  /** Limits for reading `__consumer_offsets` in one run. With 0 ms the topic is not read. */
  log: { ms: number; bytes: number }
  slack: SlackSettings | undefined
  slashCommand: SlashCommandSettings | undefined
  /** Each webhook receives every incident. */
  webhooks: WebhookSettings[]
  /** Address of this repository's pages, for links in messages. Undefined: messages name the page instead. */
  docs: string | undefined
  /**
   * A URL to call after each complete snapshot and each successful watch, which may be a secret. Undefined: nothing is
   * called.
   */
  pingUrl: string | undefined
  /** Address of the page of `serve` or `run --page`. */
  url: string | undefined
  metrics: MetricsSettings
}

/** Limits for the number of series. */
export interface MetricsSettings {
  /** A pattern of group ids. */
  groups: string
  /** True if each partition has its own series. */
  partitions: boolean
  /** The naming scheme of offset and lag series. */
  names: 'own' | 'kafka-lag-exporter'
}

/** Effect of `Ignore` in Slack: none, YAML to add to the settings, or the rule itself. */
export const ignoreModes = ['off', 'propose', 'on'] as const
export type IgnoreMode = (typeof ignoreModes)[number]

export interface SlackSettings {
  token: string
  /** Token for answers by Socket Mode; undefined if Socket Mode is not used. */
  appToken: string | undefined
  channel: string
  /** In Slack's markup, such as `<!here>` or `<@U123>`; undefined for no mention. */
  mention: string | undefined
  apiUrl: string | undefined
  /** ms after midnight. */
  digestAt: number
  /** The time zone of `digestAt`, such as Europe/Oslo; undefined: UTC. */
  digestZone?: string | undefined
  /** True if messages of incidents have buttons. */
  buttons: boolean
  ignore: IgnoreMode
  /** Id of the Slack user group that may ignore any group, also by a pattern. */
  ignoreBy: string | undefined
  /** Default duration of a rule from Slack, ms. `ignoreForAtMost` is the maximum. */
  ignoreFor: number
  ignoreForAtMost: number
}

/** True if commands and clicks are answered: by Socket Mode, or by a function URL, which needs the signing secret. */
export const isAnswered = ({ slack, slashCommand }: Pick<Settings, 'slack' | 'slashCommand'>): boolean =>
  slack?.appToken !== undefined || slashCommand !== undefined

export interface WebhookSettings {
  /** Messages and the store identify the webhook by this name. */
  name: string
  format: 'cloudevents' | 'alertmanager'
  /** The URL may be a secret. */
  url: string
  /** Signs the events; undefined for Alertmanager. */
  secret: string | undefined
  /** Value of the header `authorization`. */
  authorization: string | undefined
}

export interface SlashCommandSettings {
  /** The secret with which Slack signs the slash command's requests. */
  signingSecret: string
  /** The only workspace that may use the slash command. */
  teamId: string
  /** Slack's address, as in SlackSettings. Answers may go to this host. */
  apiUrl: string | undefined
  /** Limit for concurrent copies of the slash command's function in AWS Lambda; undefined: the account's limit. */
  reservedConcurrency: number | undefined
}

export interface ClusterSettings {
  name: string
  kafka: KafkaSettings
  /** The ARN of an Amazon MSK cluster, which decides a deployment's IAM rights. */
  msk: { arn: string } | undefined
  /** Groups to watch by name; undefined: all of the cluster. */
  groups: string[] | undefined
  /** ms, null for no limit; assumed if a broker does not tell its retention. Undefined: Kafka's default of 7 days. */
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

/** Amazon MSK: an AWS signature takes the place of a password. */
export interface AwsIamSettings {
  mechanism: 'aws-msk-iam'
  region: string
  /**
   * The role to assume first, such as one in another account. Undefined: sign in with the process's own AWS identity.
   */
  role: { arn: string; externalId: string | undefined; sessionName: string } | undefined
}

export interface OAuthSettings {
  mechanism: 'oauthbearer'
  token: TokenFile | ClientCredentials
  /** SASL extensions (RFC 7628, KIP-342), which some services require beside the token. */
  extensions: Readonly<Record<string, string>>
}

export interface TokenFile {
  path: string
}

/** OAuth's client credentials grant: RFC 6749, section 4.4. */
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
  /** Where messages about unread records appear. */
  records: RecordsAlert
  recordsByGroup: { pattern: string; records: RecordsAlert }[]
  /** Patterns of groups for which a step back opens an incident while they have members. */
  stepBackAlerts: string[]
  /** Patterns of groups for which an incident opens if members own a partition that was never committed. */
  neverCommittedAlerts: string[]
  ignore: (IgnoreRule | SlackIgnoreRule)[]
  /** Owner and channel of the groups that match; all other groups go to the channel of SlackSettings. */
  routes: Route[]
  /** Windows in which only losses are posted about these groups. */
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

/** Working hours, such as `Mon-Fri 08:00-17:00 Europe/Oslo`. */
export interface WorkingHours {
  /** 0 is Sunday. */
  days: readonly number[]
  /** ms after midnight in the zone. */
  from: number
  to: number
  zone: string
}

export interface Route {
  pattern: string
  /** Name or id of the channel; undefined: the channel of SlackSettings. */
  channel: string | undefined
  /** Replaces the mention of SlackSettings; undefined to keep that one. */
  mention: string | undefined
  /** The owner of these groups, such as a team's name. */
  owner?: string | undefined
  /** Id of the Slack user group that may ignore these groups, one by one. */
  ignoreBy?: string | undefined
  /** A message of the last level that would fall outside these hours is posted in the last working hour before. */
  hours?: WorkingHours | undefined
  /** Position in the route's file; undefined for a route in the settings themselves. */
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
  /** Time at which the rule ends, ms since the epoch. Undefined: the rule never ends. */
  until: number | undefined
}

/**
 * A rule that a person made in Slack. The rule silences deadlines only: losses are posted, and the rows of gone offsets
 * are kept as long as in any other group. Every rule ends at some time.
 */
export interface SlackIgnoreRule extends IgnoreRule {
  id: string
  until: number
  by: Person
  /** ms since the epoch */
  createdAt: number
}

export const isFromSlack = (rule: IgnoreRule | SlackIgnoreRule | null): rule is SlackIgnoreRule =>
  rule !== null && 'id' in rule
