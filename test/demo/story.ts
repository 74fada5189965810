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

/** Who hears the story: a terminal, or a test. */
export interface Audience {
  chapter(title: string): void
  say(text: string): void
  /** Told every second while something takes its time. */
  waiting(text: string): void
  /** All is in the store: what can be looked up? `settings` are an environment for the command line. */
  lookUp(settings: NodeJS.ProcessEnv): Promise<void>
  /** billing is stopped: a dry run, then the restore. */
  restore(settings: NodeJS.ProcessEnv): Promise<void>
}

export interface Stage {
  /** An empty folder, for the settings and the snapshots. */
  folder: string
  /** Environment that says where Slack is. */
  slack: NodeJS.ProcessEnv
  /** Ends the story early, with everything it started. */
  signal: AbortSignal
}

/** What really happened, as another client saw it, for a test to compare with what was said. Times in ms since the epoch. */
export interface Facts {
  settings: Settings
  /** When billing committed for the last time before it lost its offset. */
  lastCommitAt: number
  /** By group. */
  vanished: ReadonlyMap<string, Vanishing>
  /** The offset of billing after its reset. */
  resetTo: bigint | undefined
  /** The first record that billing was given after the restore. */
  resumedAt: bigint
  /** The first record that shipping was given after Kafka had deleted what it had not read. */
  wentOnAt: bigint
  /** Offsets at the end, by group. */
  committed: ReadonlyMap<string, bigint | undefined>
}

const interval = 4000

/**
 * Groups of every kind on a real broker that forgets offsets after one minute; the watchdog warns, the broker deletes,
 * the watchdog tells, a consumer comes back and is reset, and the watchdog still knows where it was, and puts it back.
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
  const kafka = open.use(await during(s => `it starts: ${s} s`, starting))
  const clients = open.use(await startJavaClients(kafka.bootstrap))
  const truth = open.use(await witness(kafka.bootstrap))
  say(
    `Kafka ${kafka.version} listens on ${kafka.bootstrap.join()}. The minute is its offsets.retention.minutes=1; the default is seven days.`,
  )

  const environment = { ...slack, WATCHDOG_CONFIG: writeSettings(folder, kafka.bootstrap) }
  const settings = readSettings(environment, path => readFileSync(path, 'utf8'))
  const look = () => unlessStopped(snapshotAndWatch(settings, signal))

  audience.chapter('Seven consumer groups')
  const cast = await during(
    s => `their consumers start: ${s} s`,
    unlessStopped(castOf(kafka.bootstrap, clients)),
  )
  for (const [group, habit] of cast.roles) say(`${group.padEnd(8)} ${habit}`)

  audience.chapter('The watchdog takes a snapshot every 4 seconds, and compares it with the last one')
  say(
    'It reads when each offset was committed and how old unread records are, and warns 30 s before the deadline, again 21 s before, and calls somebody 14 s before (by default: 72, 24 and 6 hours).',
  )
  await look()
  await unlessStopped(cast.part())
  const lastCommitAt = Date.now()
  say(
    'Now report is stopped. ledger goes on with assign(), and commits. billing commits offset 20: it has read everything, and from now on it runs correctly and has nothing to do.',
  )
  const vanishing = unlessStopped(vanishingOf(truth, ['billing', 'ledger', 'report'], signal))
  const vanished = await during(
    s => `${s} s since the last commit of billing, which Kafka forgets after 60 s`,
    lookUntil(vanishing, look, () => unlessStopped(cast.work())),
  )

  audience.chapter('Kafka has deleted the offsets of billing, ledger and report, and tells nobody')
  say('Another client finds none of the three any more. billing runs on, and does not know.')
  say(
    `The records that shipping has not read are gone as well: its topic has kept them for a minute, whoever needed them.`,
  )
  await look()

  audience.chapter(
    'ledger is left running, as advised, and commits. billing is restarted, as in any deployment',
  )
  await unlessStopped(cast.ledgerGoesOn())
  const first = await unlessStopped(cast.billingRestarts())
  say(
    `Without an offset, auto.offset.reset=earliest puts billing at ${first}: it sends its invoices a second time, commits, and looks healthy again.`,
  )
  await look()

  audience.chapter('shipping is started again, and goes on with what is left')
  const wentOnAt = await unlessStopped(cast.shippingGoesOn())
  say(
    `auto.offset.reset=earliest puts it at ${wentOnAt}: ${wentOnAt - BigInt(shipments.read)} records are lost to it. No offset brings records back; with more retention in time they would still be there.`,
  )
  await look()

  audience.chapter('What was there before can be looked up')
  const lookedUp = unlessStopped(audience.lookUp(environment)).then(() => true)
  await lookUntil(
    lookedUp,
    async () => {},
    () => unlessStopped(cast.work()),
  )
  const resetTo = await truth.committed('billing', placeOf.billing)

  audience.chapter('billing is stopped, and its offset is put back: first a dry run, which writes nothing')
  await unlessStopped(cast.billingStops())
  const restored = unlessStopped(audience.restore(environment)).then(() => true)
  await lookUntil(restored, look, () => unlessStopped(cast.work()))

  audience.chapter('A new invoice arrives, and billing is started again')
  const resumedAt = await unlessStopped(cast.billingResumes())
  say(
    `It goes on with record ${resumedAt}, the new one: none of the 20 before it is sent once more, and none is missed.`,
  )
  await look()
  for (let round = 0; round < 2; round++) {
    await unlessStopped(sleep(interval))
    await look()
  }
  const committed = await committedBy(truth)
  return { settings, lastCommitAt, vanished, resetTo, resumedAt, wentOnAt, committed }
}

/** As a user would write them. JSON is YAML, too. */
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

/** Snapshots on schedule, with work between them, until it has happened. */
async function lookUntil<T>(
  happening: Promise<T>,
  look: () => Promise<void>,
  work: Cast['work'],
): Promise<T> {
  // Where `look` or `work` fails, nobody is left to hear that this fails, too.
  happening.catch(() => {})
  for (let next = Date.now(); ; next = Math.max(next + interval, Date.now())) {
    await work()
    const over = await Promise.race([sleep(Math.max(0, next - Date.now())), happening])
    if (over !== undefined) return over
    await look()
  }
}

type Progress = (seconds: number) => string

/** Tells every second how long the work takes. */
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

/** Makes work that takes no signal be left alone when the story is stopped. */
function orStopped(signal: AbortSignal): <T>(work: Promise<T>) => Promise<T> {
  const stopped = once(signal, 'abort').then(() => Promise.reject(signal.reason))
  stopped.catch(() => {})
  return work => Promise.race([work, stopped])
}
