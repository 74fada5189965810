import { readSettings } from '../../../functions/config/settings.ts'
import { takeSnapshot } from '../../../functions/jobs/take-snapshot.ts'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import { readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { alertsOf, snapshotsOf } from '../../../functions/wiring/snapshot.ts'

// A snapshot that asks for the age of unread records, or does not. Prints how many requests it sent, and how many offsets
// it stored.

const [bootstrap = '', store = '', times] = process.argv.slice(2)
const settings = readSettings({ KAFKA_BROKERS: bootstrap, WATCHDOG_STORE: store }, () => '')
const [cluster] = settings.clusters
if (cluster === undefined) throw new Error('the settings name no cluster')

const connection = await connect(cluster.kafka)
let requests = 0
const counted = new Proxy(connection, {
  get(target, name) {
    if (name === 'send' || name === 'sendToAny') requests++
    const value: unknown = Reflect.get(target, name, target)
    return typeof value === 'function' ? value.bind(target) : value
  },
}) satisfies Connection

const DAY = 86_400_000
const head = await takeSnapshot({
  cluster,
  kafka: {
    clusterId: connection.clusterId,
    read: previous =>
      readCluster(counted, {
        previous,
        log: { budget: settings.log, clockSkew: settings.clockSkew },
        recordsHorizon: times === 'with' ? { level: 3 * DAY, margin: settings.interval } : undefined,
        now: Date.now,
      }),
  },
  snapshots: snapshotsOf(settings),
  restores: { plannedSince: async () => [] },
  alerts: alertsOf(settings),
  toolVersion: 'bench',
  clockSkew: settings.clockSkew,
  now: Date.now,
})
await connection.close()
console.log(`${head.counts.commits} offsets, ${requests} requests`)
