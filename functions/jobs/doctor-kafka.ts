import { intervalWarning } from '../core/interval-warning.ts'
import type { BrokerRetention } from '../core/model/commit.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import type { Snapshot } from '../core/snapshot.ts'
import { MINUTE } from '../core/time.ts'
import { examineOffsetsTopic } from './doctor-offsets-topic.ts'
import { examineSignIn } from './doctor-sign-in.ts'
import { type Finding, fail, ok, orFailed, warn } from './finding.ts'
import type { KafkaProbe, ProbedRight, ProbedRights } from './ports.ts'

/**
 * Examines whether each broker answers, which rights the user has, and how a missing right weakens the evidence.
 * @param interval ms between two snapshots
 */
export async function examineKafka(
  cluster: ClusterSettings,
  kafka: KafkaProbe,
  newest: Snapshot | undefined,
  interval: number,
): Promise<Finding[]> {
  const { groups } = cluster
  await using patient = kafka
  const columns = newest?.commits.columns
  const asked = {
    topics: columns?.topic.strings ?? [],
    groups: groups ?? columns?.group_id.strings ?? [],
  }

  const reach = await orFailed('brokers', async () => (await patient.brokers()).map(reachOf))
  const rights = await orFailed('rights', async () =>
    rightsOf(await patient.rights(asked), groups !== undefined),
  )
  const listings = await orFailed('groups', async () => listingOf(await patient.listedOnlyLive(asked.groups)))
  const retentions = await orFailed('retention', async () => {
    const { brokers, problems } = await patient.retention()
    const lengths = brokers.map(({ retention }) => retention)
    const tooLong = intervalWarning(interval, cluster, lengths)
    return [
      ...brokers.map(retentionOf),
      ...problems.map(({ message }) => warn('retention', message)),
      ...(tooLong ? [warn('interval', tooLong)] : []),
    ]
  })
  const offsetsTopic = await orFailed('__consumer_offsets', async () =>
    examineOffsetsTopic(await patient.offsetsTopic(newest?.head), newest),
  )
  return [...examineSignIn(cluster.kafka), ...reach, ...rights, ...listings, ...retentions, ...offsetsTopic]
}

const reachOf = ({
  id,
  address,
  trouble,
}: {
  id: number
  address: string
  trouble: string | undefined
}): Finding =>
  trouble === undefined
    ? ok(`broker ${id}`, `${address} answers`)
    : fail(`broker ${id}`, `${trouble} The groups of this broker stay as they were last seen until then.`)

const DESCRIBE = 'right to DESCRIBE'

function rightsOf(
  { cluster, consumerOffsets, topics, groups }: ProbedRights,
  groupsAreNamed: boolean,
): Finding[] {
  return [
    listing(cluster.describe, groupsAreNamed),
    objects('groups', [...groups]),
    objects(
      'topics',
      [...topics].map(([topic, { describe }]) => [topic, describe]),
    ),
    configs(cluster.describeConfigs),
    topicConfigs(
      [...topics].flatMap(([topic, { describe, describeConfigs }]) =>
        describe === false ? [] : [[topic, describeConfigs]],
      ),
    ),
    evidence(consumerOffsets),
  ]
}

function listing(describe: ProbedRight, groupsAreNamed: boolean): Finding {
  const subject = `${DESCRIBE} the cluster`
  if (describe) return ok(subject, 'all groups are listed')
  if (groupsAreNamed) return ok(subject, 'not needed, because the settings name the groups')
  if (describe === undefined) {
    return warn(subject, 'not known, so a listing may leave groups out', 'Name the groups in `groups`.')
  }
  const remedy = 'Grant DESCRIBE on the cluster, or name the groups in `groups`.'
  return fail(subject, 'missing: a listing leaves groups out without an error', remedy)
}

/** Apache Kafka lists every group that has offsets. A service that leaves some out cannot be watched. */
const listingOf = (hidden: string[]): Finding[] =>
  hidden.length === 0
    ? []
    : [
        fail(
          'service',
          `not supported: the service lists groups only while they have members, so it leaves out groups with offsets: ${some(hidden)}`,
          'Stopped groups are the ones that lose offsets, and this service does not show them.',
        ),
      ]

function objects(
  what: 'groups' | 'topics',
  rights: (readonly [name: string, describe: ProbedRight])[],
): Finding {
  const subject = `${DESCRIBE} ${what}`
  if (rights.length === 0) return ok(subject, `no ${what} are known yet`)

  const namesOf = (wanted: ProbedRight) => rights.flatMap(([name, right]) => (right === wanted ? [name] : []))
  const hidden = namesOf(false)
  const untold = namesOf(undefined)
  const countOf = (names: string[]) => `for ${names.length} of ${rights.length}: ${some(names)}`
  const unknown = `not known ${countOf(untold)}`
  if (hidden.length > 0) {
    const says = `missing ${countOf(hidden)}. Their offsets stay as they were last seen`
    const remedy = `Grant DESCRIBE on these ${what}.`
    return fail(subject, untold.length > 0 ? `${says}; ${unknown}` : says, remedy)
  }
  if (untold.length > 0) return warn(subject, unknown, 'Take a `snapshot`: its problems list the rest.')
  return ok(subject, `all ${rights.length} that are known`)
}

const some = (names: string[]) =>
  `${names
    .slice(0, 5)
    .map(name => JSON.stringify(name))
    .join(', ')}${names.length > 5 ? ', …' : ''}`

function configs(describeConfigs: ProbedRight): Finding {
  const subject = 'right to DESCRIBE_CONFIGS'
  if (describeConfigs) return ok(subject, 'granted: the watchdog may ask the brokers for their retention')
  const says = describeConfigs === false ? 'missing' : 'not known'
  const remedy = 'Grant DESCRIBE_CONFIGS on the cluster, or set `retention`.'
  return warn(subject, `${says}: the retention of a broker that does not report it is assumed`, remedy)
}

function topicConfigs(rights: (readonly [topic: string, right: ProbedRight])[]): Finding {
  const subject = 'right to DESCRIBE_CONFIGS of topics'
  const without = rights.flatMap(([topic, right]) => (right ? [] : [topic]))
  if (without.length === 0)
    return ok(subject, 'granted: the watchdog may ask when Kafka deletes unread records')
  return warn(
    subject,
    `missing or not known for ${without.length} of ${rights.length}: ${some(without)}. The deletion times of their unread records are not known`,
    'Grant DESCRIBE_CONFIGS on these topics.',
  )
}

function evidence({ exists, describe, read }: ProbedRights['consumerOffsets']): Finding {
  if (read) return ok('evidence', 'exact: commit times are read from __consumer_offsets')
  const says = 'observed: ages are bounds from comparing snapshots'
  if (exists === false) {
    return warn(
      'evidence',
      `${says}, because the cluster shows no topic __consumer_offsets`,
      'Apache Kafka creates it with the first commit; some services never show it.',
    )
  }
  if (describe === false) {
    return warn(
      'evidence',
      `${says}, because __consumer_offsets is hidden`,
      'Grant DESCRIBE and READ on that topic, if the service allows it.',
    )
  }
  if (read === undefined) {
    return warn(
      'evidence',
      `${says}, unless the brokers allow READ on __consumer_offsets, which they do not report`,
      'Take a snapshot, then see `status`.',
    )
  }
  return warn(
    'evidence',
    `${says}, because READ on __consumer_offsets is missing`,
    'Grant READ on that topic.',
  )
}

function retentionOf({ broker, retention, sweep, source }: BrokerRetention): Finding {
  const subject = `retention of broker ${broker}`
  const length = retention === null ? 'unlimited' : `${retention / MINUTE} min`
  const says = `${length}, a sweep every ${sweep / 1000} s`
  if (source === 'broker') return ok(subject, `${says}, as the broker reports`)
  if (source === 'settings') return ok(subject, `${says}: from the settings; the broker does not report it`)
  return warn(
    subject,
    `${says}: Kafka's default; the broker does not report its own`,
    'Set `retention` if the broker has another value.',
  )
}
