import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readSettings } from '../../functions/config.ts'
import type { Settings } from '../../functions/core/settings.ts'
import { snapshotCluster, watchCluster } from '../../functions/wire.ts'
import { startKafka } from '../kafka/broker.ts'
import { type GroupConsumer, type JavaClients, startJavaClients } from '../kafka/clients/java-clients.ts'
import { witness } from '../kafka/witness.ts'
import { type Cast, castOf, invoices } from './cast.ts'

/** Who hears the story: a terminal, or a test. */
export interface Audience {
  chapter(title: string): void
  say(text: string): void
  /** A line that the next one replaces, while something takes its time. */
  waiting(text: string): void
  /** The story has come to a point where the settings can be used: to look up what is in the store. */
  lookUp?(settings: Settings, group: string): Promise<void>
}

/** What really happened, for a test to compare with what was said. Times in ms since the epoch. */
export interface Facts {
  /** When Kafka was first seen, by another client, without billing's offset. */
  deletedAt: number
  /** The offset that billing had committed last. */
  lost: bigint
  /** Where it went on after the reset, as another client sees it. */
  resetTo: bigint | undefined
  settings: Settings
}

const pause = 4000

/**
 * Groups of every kind on a real broker that forgets offsets after one minute; the watchdog warns, the broker deletes,
 * the watchdog tells, a consumer comes back and is reset, and the watchdog still knows where it was.
 * @param slack environment that says where Slack is
 * @param signal ends it early, with everything it started
 */
export async function tell(
  audience: Audience,
  slack: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Facts> {
  const { say, waiting } = audience
  const chapter = (title: string) => {
    signal.throwIfAborted()
    audience.chapter(title)
  }
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-demo-'))
  await using open = new AsyncDisposableStack()
  open.defer(() => rm(folder, { recursive: true, force: true }))

  chapter('A real Kafka that forgets committed offsets after one minute (yours: after 7 days)')
  waiting('starting Apache Kafka; the first time, it is downloaded from Maven Central …')
  const kafka = open.use(await startKafka({ retentionMinutes: 1, sweepMs: 1000 }))
  const clients = open.use(await startJavaClients(kafka.bootstrap))
  const truth = open.use(await witness(kafka.bootstrap))
  say(`Apache Kafka ${kafka.version} listens on ${kafka.bootstrap.join()}.`)

  const settings = readSettings(
    {
      KAFKA_BROKERS: kafka.bootstrap.join(),
      WATCHDOG_CLUSTER: 'demo',
      WATCHDOG_STORE: join(folder, 'offset-snapshots'),
      WATCHDOG_INTERVAL: '4s',
      WATCHDOG_CLOCK_SKEW: '0s',
      ...slack,
    },
    () => '',
  )

  chapter('Six consumer groups')
  waiting('their consumers start and commit …')
  const cast = await castOf(kafka.bootstrap, clients)
  for (const [group, habit] of cast.roles) say(`${group.padEnd(8)} ${habit}`)

  chapter('The watchdog takes a snapshot every 4 seconds, and watches')
  await look(settings)
  await cast.work()
  say(
    'billing has read all 20 records and committed offset 20. It runs on, correctly, and has nothing to do.',
  )
  const deletedAt = await untilDeleted(
    settings,
    cast,
    truth.waitUntilGone('billing', invoices),
    waiting,
    signal,
  )

  chapter('Kafka has deleted billing’s offset. It says nothing of it; billing runs on and does not know')
  await look(settings)

  chapter('billing is restarted, as after any deployment')
  const first = await restart(cast.billing, clients)
  say(`auto.offset.reset=earliest puts it at offset ${first}: it sends its invoices a second time, commits,`)
  say('and looks healthy again.')
  await look(settings)
  await audience.lookUp?.(settings, 'billing')

  return { deletedAt, lost: 20n, resetTo: await truth.committed('billing', invoices), settings }
}

/** One run of both scheduled jobs. */
async function look(settings: Settings): Promise<void> {
  for (const cluster of settings.clusters) {
    await snapshotCluster(settings, cluster)
    await watchCluster(settings, cluster)
  }
}

async function untilDeleted(
  settings: Settings,
  cast: Cast,
  deletion: Promise<number>,
  waiting: Audience['waiting'],
  signal: AbortSignal,
): Promise<number> {
  const quietSince = Date.now()
  let deletedAt: number | undefined
  deletion.then(
    time => {
      deletedAt = time
    },
    () => {},
  )
  while (deletedAt === undefined) {
    await look(settings)
    await cast.work()
    waiting(`${Math.round((Date.now() - quietSince) / 1000)} s since billing's last commit …`)
    await Promise.race([sleep(pause, undefined, { signal }), deletion])
  }
  return deletedAt
}

/** billing's consumer starts anew and commits after a few records. Returns the offset it was put at. */
async function restart(stopped: GroupConsumer, clients: JavaClients): Promise<bigint> {
  await stopped.close()
  const billing = clients.classic('billing', { 'auto.offset.reset': 'earliest' })
  await billing.assign(invoices)
  const [first] = await billing.poll(10_000)
  if (first === undefined) throw new Error('billing was given no record')
  await billing.commit({ ...invoices, offset: first.offset + 5n })
  return first.offset
}
