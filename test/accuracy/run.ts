import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import type { Kafka } from '../kafka/broker.ts'
import { commitRaw } from '../kafka/clients/commit-raw.ts'
import { startJavaClients } from '../kafka/clients/java-clients.ts'
import { kafkajs } from '../kafka/clients/kafkajs.ts'
import { createTopic } from '../kafka/clients/topics.ts'
import type { KafkaVersion } from '../kafka/libraries.ts'
import type { Properties } from '../kafka/properties.ts'
import { startSecuredKafka } from '../kafka/secured.ts'
import { type Player, playersOf, type Size, subjectsOf, topicOf } from './cast.ts'
import { compressions, type LogFacts, readOffsetsLog } from './offsets-log.ts'
import { endOfPlay, type WatchMode } from './scenario.ts'
import { scenariosFor } from './scenarios/all.ts'
import { stageOf, type Theatre } from './stage.ts'
import { judge, type Truth, type Verdict } from './verdict.ts'
import { grantRights, type Watch, watch } from './watch.ts'
import { startWitness } from './witness.ts'

export interface RunOptions {
  kafka: KafkaVersion
  brokers: 1 | 3
  /** offsets.topic.compression.codec */
  compression: keyof typeof compressions
  /** Whether the cleaner compacts `__consumer_offsets`; `exact` then begins late, on a compacted log. */
  compaction: boolean
  modes: readonly WatchMode[]
  size: Size
  /** Only scenarios of this name. */
  only?: string | undefined
}

export interface Outcome {
  options: RunOptions
  /** Start of the play, ms since the epoch. */
  startedAt: number
  watches: (Watch & { verdicts: Verdict[] })[]
  log: LogFacts
}

const SWEEP = 1000

/** Plays all scenarios at once on a broker of their own, and judges what the snapshots said of them. */
export async function run(options: RunOptions): Promise<Outcome> {
  await using open = new AsyncDisposableStack()
  const kafka = open.use(
    await startSecuredKafka({
      version: options.kafka,
      brokers: options.brokers,
      retentionMinutes: 1,
      sweepMs: SWEEP,
      properties: propertiesOf(options),
    }),
  )
  await grantRights(kafka.bootstrap)
  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  open.defer(() => admin.disconnect())

  const players = playersOf(scenariosFor(options.kafka, options.only), options.size)
  await makeTopics(admin, players)
  // The first commit to a new cluster makes `__consumer_offsets`, which takes seconds.
  await createTopic(kafka.bootstrap, 'prologue')
  const prologue = { topic: 'prologue', partition: 0, offset: 0n }
  await commitRaw(kafka.bootstrap, [{ group: 'prologue', offsets: [prologue] }])
  const clients = open.use(await startJavaClients(kafka.bootstrap))
  const witness = open.use(
    await startWitness(
      kafka.bootstrap,
      players.map(({ group }) => group),
    ),
  )

  const startedAt = Date.now()
  const restarts = new Map<string, Promise<void>>()
  const theatre: Theatre = {
    kafka,
    admin,
    clients,
    witness,
    startedAt,
    touches: [],
    restartBrokers: () => {
      const restart = restarts.get('all') ?? restartOneByOne(kafka, admin)
      restarts.set('all', restart)
      return restart
    },
  }

  const over = new AbortController()
  const watching = options.modes.map(mode =>
    watch(kafka, mode, options.compaction && mode === 'exact' ? startedAt + LATE : startedAt, over.signal),
  )
  try {
    await Promise.all(players.map(player => play(player, theatre)))
    await sleep(Math.max(0, startedAt + endOfPlay * 1000 - Date.now()))
  } finally {
    over.abort()
  }
  const watches = await Promise.all(watching)
  const end = Date.now()
  await witness.until(() => witness.watchedUntil() > end, 'the witness has told all')

  const truth: Truth = {
    history: subject => witness.history(subject),
    touches: theatre.touches,
    sweep: SWEEP,
  }
  const subjects = players.flatMap(subjectsOf)
  return {
    options,
    startedAt,
    watches: watches.map(each => ({
      ...each,
      verdicts: subjects.map(subject => judge(subject, each.mode, truth, each.readings)),
    })),
    log: await readOffsetsLog(kafka.folder),
  }
}

/** ms after the start of the play; by then the log has been compacted. */
const LATE = 40_000

function propertiesOf({ compression, compaction }: RunOptions): Properties {
  return {
    'offsets.topic.compression.codec': compressions[compression],
    // No transaction is to end by itself.
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': 3_600_000,
    ...(compaction && {
      'log.initial.task.delay.ms': 1000,
      'log.cleaner.backoff.ms': 1000,
      'log.cleaner.min.cleanable.ratio': 0.01,
      'log.cleaner.delete.retention.ms': 20_000,
      'log.roll.ms': 5000,
    }),
  }
}

async function play({ scenario, ...player }: Player, theatre: Theatre): Promise<void> {
  try {
    await scenario.play(stageOf({ scenario, ...player }, theatre))
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the scenario of ${player.group} could not be played: ${said}`, { cause })
  }
}

async function makeTopics(admin: Admin, players: readonly Player[]): Promise<void> {
  const topics = players.flatMap(player =>
    Object.keys(player.scenario.rows).map(name => ({
      topic: topicOf(player, name),
      numPartitions: player.partitions,
    })),
  )
  await admin.createTopics({ topics, waitForLeaders: true, timeout: 30_000 })
}

/** Each hands over what it leads, and the next one follows when all replicas are there again. */
async function restartOneByOne({ nodes }: Kafka, admin: Admin): Promise<void> {
  for (const node of nodes) {
    await node.stop()
    await node.start()
    while (!(await isInSync(admin, nodes.length))) await sleep(100)
  }
}

async function isInSync(admin: Admin, replicas: number): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
    return topics.every(({ partitions }) => partitions.every(({ isr }) => isr.length === replicas))
  } catch {
    return false
  }
}
