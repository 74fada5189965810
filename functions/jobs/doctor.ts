import type { Problem } from '../core/model.ts'
import type { ClusterSettings } from '../core/settings.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { examineKafka, type KafkaPatient } from './doctor-kafka.ts'
import { type Finding, fail, ok, orFailed, warn } from './finding.ts'

export interface ClusterFindings {
  cluster: string
  findings: Finding[]
}

export interface Doctor {
  clusters: ClusterSettings[]
  /** Throws a Failure where the cluster cannot be reached at all. */
  connect(cluster: ClusterSettings): Promise<KafkaPatient>
  store: {
    readonly location: string
    /** Throws a Failure unless it can be written. */
    probe(): Promise<void>
    newest(cluster: string, options: { onSkipped: (problem: Problem) => void }): Promise<Snapshot | undefined>
  }
  /** Undefined: not set. */
  slack:
    | {
        readonly channel: string
        /** Scopes: those that the token has; undefined where Slack does not tell. */
        check(): Promise<{ team: string; user: string; scopes: readonly string[] | undefined }>
      }
    | undefined
  /** ms since the epoch. */
  now: number
  /** ms between two snapshots. */
  interval: number
}

export interface Diagnosis {
  /** What the clusters share. */
  common: Finding[]
  clusters: ClusterFindings[]
}

/** Looks at everything that a snapshot and an alert need. What fails is a finding; nothing is thrown for it. */
export async function doctor({ clusters, ...options }: Doctor): Promise<Diagnosis> {
  const [store, slack, found] = await Promise.all([
    examineStore(options),
    examineSlack(options),
    Promise.all(clusters.map(cluster => examineCluster(cluster, options))),
  ])
  return { common: [...store, ...slack], clusters: found }
}

const examineStore = ({ store }: Pick<Doctor, 'store'>) =>
  orFailed('store', async () => {
    await store.probe()
    return [ok('store', `${store.location} can be written`)]
  })

const examineSlack = ({ slack }: Pick<Doctor, 'slack'>) =>
  orFailed('Slack', async () => {
    if (!slack) {
      const remedy = 'Set SLACK_BOT_TOKEN and SLACK_CHANNEL, or use `status --check` in its place.'
      return [warn('Slack', 'is not set, so nothing is posted', remedy)]
    }
    const { team, user, scopes } = await slack.check()
    const says = `signed in to ${team} as ${user}, to post to ${slack.channel}`
    const lacks = (scope: string) => scopes !== undefined && !scopes.includes(scope)
    if (lacks('chat:write')) return [fail('Slack', `${says}, but without the scope chat:write`, addScope)]
    const lesser = lesserScopes.filter(([scope]) => lacks(scope))
    return [
      ok('Slack', says),
      ...lesser.map(([scope, means]) => warn(`Slack scope ${scope}`, means, addScope)),
    ]
  })

const addScope = 'Add it to the app and install the app again.'

/** Scopes that one can do without, and what that means; docs/slack.md. */
const lesserScopes = [
  ['files:write', 'missing, so the offsets of a loss come as text in its thread, not as a file'],
  ['channels:history', 'missing, so in public channels a message whose answer was lost is posted twice'],
  ['groups:history', 'missing, so in private channels a message whose answer was lost is posted twice'],
] as const

async function examineCluster(
  cluster: ClusterSettings,
  options: Omit<Doctor, 'clusters'>,
): Promise<ClusterFindings> {
  let newest: Snapshot | undefined
  const history = await orFailed('snapshots', async () => {
    const skipped: Finding[] = []
    const onSkipped = ({ message }: Problem) => void skipped.push(warn('snapshots', message))
    newest = await options.store.newest(cluster.name, { onSkipped })
    return [...skipped, snapshotAge(newest, options)]
  })
  const kafka = await orFailed('Kafka', async () =>
    examineKafka(cluster, await options.connect(cluster), newest),
  )
  return { cluster: cluster.name, findings: [...kafka, ...history] }
}

function snapshotAge(
  newest: Snapshot | undefined,
  { now, interval }: Pick<Doctor, 'now' | 'interval'>,
): Finding {
  if (!newest) {
    const remedy = 'Take two with `snapshot`, some time apart: only then can anything be seen to change.'
    return warn('snapshots', 'there is none yet', remedy)
  }
  const { takenAt } = newest.head
  const says = `the newest is of ${new Date(takenAt).toISOString()}`
  return now - takenAt <= 2 * interval
    ? ok('snapshots', says)
    : warn('snapshots', `${says}, more than two intervals ago`, 'See why none was taken since.')
}
