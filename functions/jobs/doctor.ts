import type { Problem } from '../core/model/commit.ts'
import { type ClusterSettings, routeName } from '../core/model/settings.ts'
import { isTooOld, type Snapshot } from '../core/snapshot.ts'
import { examineKafka } from './doctor-kafka.ts'
import { examinePatterns } from './doctor-patterns.ts'
import { type Finding, fail, ok, orFailed, warn } from './finding.ts'
import type { KafkaProbe, SlackProbe, StoreProbe, WebhookProbe } from './ports.ts'

export interface ClusterFindings {
  cluster: string
  findings: Finding[]
}

/** The ways to answer a click in Slack. */
export interface ButtonsProbe {
  /** True if the settings ask for buttons. */
  wanted: boolean
  /** True if requests to a function URL can be verified. */
  hasFunctionUrl: boolean
  /** Requests a connection by Socket Mode, and does not open it. Undefined: there is no app-level token. */
  probe: (() => Promise<unknown>) | undefined
}

export interface Doctor {
  clusters: ClusterSettings[]
  /** @throws Failure if no broker of the cluster can be reached */
  connect(cluster: ClusterSettings): Promise<KafkaProbe>
  store: StoreProbe
  /** Undefined: Slack is not set. */
  slack: SlackProbe | undefined
  /** Undefined: Slack is not set. */
  buttons: ButtonsProbe | undefined
  webhooks: readonly WebhookProbe[]
  /** ms since the epoch. */
  now: number
  /** ms between two snapshots. */
  interval: number
  /**
   * A time in the form for people.
   * @param time ms since the epoch
   */
  dateOf(time: number): string
}

export interface Diagnosis {
  /** Findings that concern all clusters. */
  common: Finding[]
  clusters: ClusterFindings[]
  /** True if any finding fails. */
  fails: boolean
}

/** Examines everything that a snapshot and an alert need. A failure is a finding; doctor throws none. */
export async function doctor({ clusters, ...options }: Doctor): Promise<Diagnosis> {
  const [store, slack, buttons, channel, webhooks, found] = await Promise.all([
    examineStore(options),
    examineSlack(options),
    examineButtons(options),
    examineChannel('Slack channel', options, {
      name: options.slack?.channel ?? '',
      setting: 'SLACK_CHANNEL',
    }),
    Promise.all(options.webhooks.map(examineWebhook)),
    Promise.all(clusters.map(cluster => examineCluster(cluster, options))),
  ])
  const common = [...store, ...slack, ...buttons, ...channel, ...webhooks.flat()]
  const findings = [...common, ...found.flatMap(({ findings }) => findings)]
  return { common, clusters: found, fails: findings.some(({ outcome }) => outcome === 'fail') }
}

const examineStore = ({ store }: Pick<Doctor, 'store'>) =>
  orFailed('store', async () => {
    await store.probe()
    return [ok('store', `${store.location} can be written`)]
  })

const examineSlack = ({ slack, webhooks }: Pick<Doctor, 'slack' | 'webhooks'>) =>
  orFailed('Slack', async () => {
    if (!slack) {
      if (webhooks.length > 0) return [ok('Slack', 'is not set: alerts go to the webhooks')]
      const remedy = 'Set SLACK_BOT_TOKEN and SLACK_CHANNEL, or webhooks, or run `status` as a check instead.'
      return [warn('Slack', 'is not set, so nothing is posted', remedy)]
    }
    const { team, user, scopes } = await slack.check()
    const says = `signed in to ${team} as ${user}`
    const lacks = (scope: string) => scopes !== undefined && !scopes.includes(scope)
    if (lacks('chat:write')) return [fail('Slack', `${says}, but without the scope chat:write`, addScope)]
    const wanted = [...lesserScopes, ...(slack.asksForMembers ? [membersScope] : [])]
    const lesser = wanted.filter(([scope]) => lacks(scope))
    return [
      ok('Slack', says),
      ...lesser.map(([scope, means]) => warn(`Slack scope ${scope}`, means, addScope)),
    ]
  })

const examineButtons = ({ buttons }: Pick<Doctor, 'buttons'>) =>
  orFailed('Slack buttons', async () => {
    if (!buttons) return []
    const { wanted, hasFunctionUrl, probe } = buttons
    await probe?.()
    if (wanted && !probe && !hasFunctionUrl) {
      const remedy =
        'Set SLACK_APP_TOKEN, or deploy the function URL with slack.signingSecret and slack.teamId.'
      return [warn('Slack buttons', 'are left out, because nothing would answer a click', remedy)]
    }
    if (probe && hasFunctionUrl) {
      const remedy = 'Unset SLACK_APP_TOKEN, or slack.signingSecret and slack.teamId.'
      return [
        warn(
          'Slack buttons',
          'have two endpoints, and a Slack app uses only Socket Mode if it is on',
          remedy,
        ),
      ]
    }
    return probe ? [ok('Slack buttons', '`run` answers them by Socket Mode')] : []
  })

/** The probe sends nothing that a person would see. */
const examineWebhook = (webhook: WebhookProbe) =>
  orFailed(`webhook ${webhook.name}`, async () => {
    const { name, host, format } = webhook
    await webhook.check()
    const says =
      format === 'alertmanager'
        ? 'Alertmanager answers'
        : 'answers; the first event shows whether it accepts events'
    return [ok(`webhook ${name}`, `${host} ${says}`)]
  })

const examineChannel = (
  subject: string,
  { slack }: Pick<Doctor, 'slack'>,
  channel: { name: string; setting: string },
) =>
  orFailed(subject, async () => {
    if (!slack) return []
    const { name, setting } = channel
    if (await slack.isMember(channel)) return [ok(subject, `the app is in ${name}`)]
    const remedy = `Add the scopes channels:read and groups:read, or write the channel’s id into ${setting} and add a history scope.`
    return [
      warn(
        subject,
        `doctor cannot see whether the app may post to ${name}; the first message shows it`,
        remedy,
      ),
    ]
  })

/** Each channel of a cluster's routes, by the first route that names it. */
async function examineRoutes(
  { policy }: ClusterSettings,
  options: Pick<Doctor, 'slack'>,
): Promise<Finding[]> {
  const settings = new Map<string, string>()
  for (const route of policy.routes) {
    const { channel } = route
    if (channel !== undefined && !settings.has(channel))
      settings.set(channel, routeName(route, policy.routes, 'channel'))
  }
  const found = await Promise.all(
    [...settings].map(([name, setting]) =>
      examineChannel(`Slack channel of ${setting}`, options, { name, setting }),
    ),
  )
  return found.flat()
}

const addScope = 'Add the scope to the app, and install the app again.'

/** Optional scopes, and the effect of their absence; docs/slack.md. */
const lesserScopes = [
  ['files:write', 'missing, so the offsets of a loss come as text in its thread, not as a file'],
  [
    'channels:history',
    'missing, so a message in a public channel is posted twice if the answer of Slack is lost',
  ],
  [
    'groups:history',
    'missing, so a message in a private channel is posted twice if the answer of Slack is lost',
  ],
  [
    'channels:read',
    'missing, so doctor cannot find a public channel by its name, or see that it is archived',
  ],
  ['groups:read', 'missing, so doctor cannot find a private channel by its name, or see that it is archived'],
] as const

const membersScope = ['usergroups:read', 'missing, so nobody may ignore a group from Slack'] as const

async function examineCluster(
  cluster: ClusterSettings,
  options: Omit<Doctor, 'clusters'>,
): Promise<ClusterFindings> {
  let newest: Snapshot | undefined
  const history = await orFailed('snapshots', async () => {
    const skipped: Finding[] = []
    const onSkipped = ({ message }: Problem) => void skipped.push(warn('snapshots', message))
    newest = await options.store.newest(cluster.name, { onSkipped })
    return !newest && skipped.length > 0 ? skipped : [...skipped, snapshotAge(newest, options)]
  })
  const kafka = await orFailed('Kafka', async () =>
    examineKafka(cluster, await options.connect(cluster), newest, options.interval),
  )
  return {
    cluster: cluster.name,
    findings: [
      ...kafka,
      ...history,
      ...examinePatterns(cluster.policy, newest),
      ...(await examineRoutes(cluster, options)),
    ],
  }
}

function snapshotAge(
  newest: Snapshot | undefined,
  { now, interval, dateOf }: Pick<Doctor, 'now' | 'interval' | 'dateOf'>,
): Finding {
  if (!newest) {
    const remedy =
      'Take one with `snapshot`. If the evidence is observed, only a second one shows what has changed.'
    return warn('snapshots', 'there is none yet', remedy)
  }
  const { takenAt } = newest.head
  const says = `the newest is of ${dateOf(takenAt)}`
  if (!isTooOld(newest.head, now, 2 * interval)) return ok('snapshots', says)
  return takenAt > now
    ? warn('snapshots', `${says}, later than this clock`, 'Correct the clock.')
    : warn('snapshots', `${says}, more than two intervals ago`, 'Find out why none was taken since.')
}
