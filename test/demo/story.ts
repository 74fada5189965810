import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSettings } from '../../functions/config/settings.ts'
import type { Settings } from '../../functions/core/model/settings.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { watchCluster } from '../../functions/wiring/watch.ts'
import { startKafka } from '../brokers/broker.ts'
import { startJavaClients } from '../brokers/clients/java-clients.ts'
import { witness } from '../brokers/witness.ts'
import { type Cast, castOf, placeOf, shipments } from './cast.ts'
import { committedBy, type Vanishing, vanishingOf } from './truth.ts'

/** The output of the story: a terminal, or a test. */
export interface Audience {
  chapter(title: string): void
  say(text: string): void
  /** Called every second during a longer step. */
  waiting(text: string): void
  /**
   * Called when the store has everything that `lookup` can find. `settings` are an environment for the command line.
   */
  lookUp(settings: NodeJS.ProcessEnv): Promise<void>
  /** Called when billing is stopped, for a dry run and then the restore. */
  restore(settings: NodeJS.ProcessEnv): Promise<void>
}

export interface Stage {
  /** An empty folder, for the settings and the snapshots. */
  folder: string
  /** Slack's settings in the environment. */
  slack: NodeJS.ProcessEnv
  /** Ends the story early, with everything it started. */
  signal: AbortSignal
}

/** Facts that another client has read from Kafka: a test compares them with the messages. Times in ms since the epoch. */
export interface Facts {
  settings: Settings
  /** Before the first snapshot, which still sees members of ledger and report. */
  firstLookAt: number
  /** Before billing's last commit before it lost its offset. */
  lastCommitAt: number
  /** The number of snapshots. */
  looks: number
  /** By group. */
  vanished: ReadonlyMap<string, Vanishing>
  /** The offset of billing after its reset. */
  resetTo: bigint | undefined
  /** The first record that billing got after the restore. */
  resumedAt: bigint
  /** The first record that shipping got after Kafka had deleted its unread records. */
  wentOnAt: bigint
  /** Offsets at the end, by group. */
  committed: ReadonlyMap<string, bigint | undefined>
}

const interval = 4000

/**
 * Runs groups of every kind on a real broker that deletes offsets after one minute. The watchdog warns, the broker
 * deletes, the watchdog posts the loss, a restarted consumer is reset, and a restore brings its old offset back.
 */
export async function tell(audience: Audience, { folder, slack, signal }: Stage): Promise<Facts> {
  signal.throwIfAborted()
  const say = (text: string) => audience.say(text)
  const unlessStopped = orStopped(signal)
  const during = <T>(text: Progress, work: Promise<T>) => counting(audience, text, work)
  await using open = new AsyncDisposableStack()

  audience.chapter('A real Apache Kafka that forgets committed offsets after one minute')
  const starting = startKafka({
    retentionMinutes: 1,
    sweepMs: 1000,
    properties: { 'log.retention.check.interval.ms': 1000, 'log.initial.task.delay.ms': 1000 },
    signal,
  })
  const kafka = open.use(await during(s => `starting Kafka: ${s} s`, starting))
  const clients = open.use(await startJavaClients(kafka.bootstrap))
  const truth = open.use(await witness(kafka.bootstrap))
  say(
    `Kafka ${kafka.version} listens on ${kafka.bootstrap.join()}. It keeps committed offsets for one minute (offsets.retention.minutes=1); the default is seven days.`,
  )

  const environment = { ...slack, WATCHDOG_CONFIG: writeSettings(folder, kafka.bootstrap) }
  const settings = readSettings(environment, path => readFileSync(path, 'utf8'))
  let looks = 0
  const look = () => {
    looks += 1
    return unlessStopped(snapshotAndWatch(settings, signal))
  }

  audience.chapter('Seven consumer groups')
  const cast = await during(
    s => `starting their consumers: ${s} s`,
    unlessStopped(castOf(kafka.bootstrap, clients)),
  )
  for (const [group, habit] of cast.roles) say(`${group.padEnd(8)} ${habit}`)

  audience.chapter('The watchdog takes a snapshot every 4 seconds, and compares it with the last one')
  say(
    'It reads when each offset was committed, and how old the unread records are. It warns 30 s and 21 s before a deadline, and mentions somebody 14 s before (by default: 72, 24 and 6 hours).',
  )
  const firstLookAt = Date.now()
  await look()
  const lastCommitAt = Date.now()
  await unlessStopped(cast.part())
  say(
    'Now report is stopped. ledger switches to assign(), and keeps committing. billing commits offset 20: it has read everything. From now on it runs correctly, but has nothing to commit.',
  )
  const vanishing = unlessStopped(vanishingOf(truth, ['billing', 'ledger', 'report'], signal))
  const vanished = await during(
    s => `${s} s since the last commit of billing, which Kafka deletes after 60 s`,
    lookUntil(vanishing, look, () => unlessStopped(cast.work())),
  )

  audience.chapter('Kafka has deleted the offsets of billing, ledger and report, and no consumer notices')
  say('Another client no longer finds any of the three. billing keeps running, and gets no error.')
  say(
    `Kafka has also deleted the records that shipping had not read: their minute is over, and Kafka does not wait for a group.`,
  )
  await look()

  audience.chapter(
    'ledger keeps running, as Slack advises, and commits. billing restarts, as in any deployment',
  )
  await unlessStopped(cast.ledgerGoesOn())
  const first = await unlessStopped(cast.billingRestarts())
  say(
    `billing has no offset, so auto.offset.reset=earliest starts it at ${first}: it sends its invoices a second time, commits, and looks healthy again.`,
  )
  await look()

  audience.chapter('shipping restarts, and continues with the records that are left')
  const wentOnAt = await unlessStopped(cast.shippingGoesOn())
  say(
    `auto.offset.reset=earliest starts it at ${wentOnAt}: it has lost ${wentOnAt - BigInt(shipments.read)} records. No offset can bring records back. A longer retention.ms, set in time, would have kept them.`,
  )
  await look()

  audience.chapter('The watchdog still knows the old offsets')
  const lookedUp = unlessStopped(audience.lookUp(environment)).then(() => true)
  await lookUntil(
    lookedUp,
    async () => {},
    () => unlessStopped(cast.work()),
  )
  const resetTo = await truth.committed('billing', placeOf.billing)

  audience.chapter('billing is stopped, and its offset is restored: first a dry run, which writes nothing')
  await unlessStopped(cast.billingStops())
  const restored = unlessStopped(audience.restore(environment)).then(() => true)
  await lookUntil(restored, look, () => unlessStopped(cast.work()))

  audience.chapter('A new invoice arrives, and billing starts again')
  const resumedAt = await unlessStopped(cast.billingResumes())
  say(
    `It continues with record ${resumedAt}, the new invoice: it sends none of the 20 earlier ones again, and skips none.`,
  )
  await look()
  for (let round = 0; round < 2; round++) {
    await unlessStopped(sleep(interval))
    await look()
  }
  const committed = await committedBy(truth)
  return { settings, firstLookAt, lastCommitAt, looks, vanished, resetTo, resumedAt, wentOnAt, committed }
}

/** Writes the settings file that a user would write. JSON is YAML, too. */
function writeSettings(folder: string, brokers: readonly string[]): string {
  const path = join(folder, 'watchdog.yaml')
  const settings = {
    store: join(folder, 'offset-snapshots'),
    interval: `${interval}ms`,
    clockSkew: '0s',
    clusters: [
      {
        name: 'demo',
        kafka: { brokers },
        levels: { first: '30s', second: '21s', last: '14s' },
        // A stopped group has a message of its own only if somebody owns it.
        routes: [{ pattern: 'report', owner: 'team-reports' }],
      },
    ],
  }
  writeFileSync(path, JSON.stringify(settings, null, 2))
  return path
}

/** One run of both scheduled jobs. */
async function snapshotAndWatch(settings: Settings, signal: AbortSignal): Promise<void> {
  for (const cluster of settings.clusters) {
    await snapshotCluster(settings, cluster, { signal })
    await watchCluster(settings, cluster)
  }
}

/** Takes snapshots on schedule, with work between them, until `happening` resolves. */
async function lookUntil<T>(
  happening: Promise<T>,
  look: () => Promise<void>,
  work: Cast['work'],
): Promise<T> {
  // If `look` or `work` fails, nobody awaits `happening`: its rejection would end the process.
  happening.catch(() => {})
  for (let next = Date.now(); ; next = Math.max(next + interval, Date.now())) {
    await work()
    const over = await Promise.race([sleep(Math.max(0, next - Date.now())), happening])
    if (over !== undefined) return over
    await look()
  }
}

type Progress = (seconds: number) => string

/** Reports every second how long the work has taken. */
async function counting<T>(audience: Audience, text: Progress, work: Promise<T>): Promise<T> {
  const since = Date.now()
  const timer = setInterval(
    () => audience.waiting(`${text(Math.round((Date.now() - since) / 1000))} …`),
    1000,
  )
  try {
    return await work
  } finally {
    clearInterval(timer)
  }
}

/** Stops waiting for work that takes no signal when the story is stopped. */
function orStopped(signal: AbortSignal): <T>(work: Promise<T>) => Promise<T> {
  const stopped = once(signal, 'abort').then(() => Promise.reject(signal.reason))
  stopped.catch(() => {})
  return work => Promise.race([work, stopped])
}
