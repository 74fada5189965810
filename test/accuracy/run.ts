import { setTimeout as sleep } from 'node:timers/promises'
import { startJavaClients } from '../brokers/clients/java-clients.ts'
import { kafkajs } from '../brokers/clients/kafkajs.ts'
import { type Player, playersOf, type Size, subjectsOf, topicsOf } from './cast.ts'
import { type ClusterOptions, makeTopics, restartOneByOne, SWEEP, startCluster } from './cluster.ts'
import type { Span } from './history.ts'
import { type LogFacts, readOffsetsLog } from './offsets-log.ts'
import { endOfPlay, type WatchMode } from './scenario.ts'
import { scenariosFor } from './scenarios/all.ts'
import { stageOf, type Theatre } from './stage.ts'
import { judge, type Truth, type Verdict } from './verdict.ts'
import { grantRights, type Watch, watch } from './watch.ts'
import { startWitness } from './witness.ts'

export interface RunOptions extends ClusterOptions {
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

/** Plays all scenarios at once on their own broker, and judges the snapshots. */
export async function run(options: RunOptions): Promise<Outcome> {
  await using open = new AsyncDisposableStack()
  const kafka = open.use(await startCluster(options))
  await grantRights(kafka.bootstrap)
  const admin = kafkajs(kafka.bootstrap).admin()
  await admin.connect()
  open.defer(() => admin.disconnect())

  const players = playersOf(scenariosFor(options), options.size)
  await makeTopics(kafka, admin, players.flatMap(topicsOf))
  const clients = open.use(await startJavaClients(kafka.bootstrap))
  const witness = open.use(
    await startWitness(
      kafka.bootstrap,
      players.map(({ group }) => group),
    ),
  )

  const startedAt = Date.now()
  const over = new AbortController()
  const watches = options.modes.map(mode =>
    watch(kafka, mode, options.compaction && mode === 'exact' ? startedAt + LATE : startedAt, over.signal),
  )
  let restarting: Promise<Span[]> | undefined
  const theatre: Theatre = {
    kafka,
    admin,
    clients,
    witness,
    startedAt,
    touches: [],
    async restartBrokers() {
      restarting ??= restartOneByOne(kafka, admin, () => witness.untilAnswered())
      await restarting
    },
    async untilLookedAt() {
      const now = Date.now()
      const hasLooked = ({ readings }: Watch) =>
        readings.some(({ head }) => head.complete && head.takenAt >= now)
      await witness.until(() => watches.every(hasLooked), 'each mode has a complete snapshot')
    },
  }

  try {
    await Promise.all(players.map(player => play(player, theatre)))
    await sleep(Math.max(0, startedAt + endOfPlay * 1000 - Date.now()))
    await theatre.untilLookedAt()
  } finally {
    over.abort()
  }
  await Promise.all(watches.map(({ ended }) => ended))
  await witness.untilAnswered()

  const truth: Truth = {
    history: subject => witness.history(subject),
    touches: theatre.touches,
    restarts: (await restarting) ?? [],
    sweep: SWEEP,
    over: startedAt + endOfPlay * 1000,
  }
  const subjects = players.flatMap(subjectsOf)
  return {
    options,
    startedAt,
    watches: watches.map(({ mode, readings, missed }) => ({
      mode,
      readings,
      missed,
      verdicts: subjects.map(subject => judge(subject, mode, truth, readings)),
    })),
    log: await readOffsetsLog(kafka.folder),
  }
}

/** ms after the start; by then the log is compacted. */
const LATE = 40_000

async function play({ scenario, ...player }: Player, theatre: Theatre): Promise<void> {
  try {
    await scenario.play(stageOf({ scenario, ...player }, theatre))
    const { witness } = theatre
    const leaving = subjectsOf({ scenario, ...player }).filter(({ row }) => row.ends.at(-1) !== 'kept')
    await witness.until(
      () => leaving.every(subject => witness.history(subject).at(-1)?.offset === null),
      'its last offsets are gone',
      100_000,
    )
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the scenario of ${player.group} could not be played: ${said}`, { cause })
  }
}
