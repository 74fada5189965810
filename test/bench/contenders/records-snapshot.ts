import { readSettings } from '../../../functions/config/settings.ts'
import { longestFirst } from '../../../functions/core/policy.ts'
import { takeSnapshot } from '../../../functions/jobs/take-snapshot.ts'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import { readCluster } from '../../../functions/kafka/scan/read-cluster.ts'
import { alertsOf, snapshotsOf } from '../../../functions/wiring/store.ts'

// A snapshot with or without the age of unread records. Prints the number of offsets and the cost of its scan:
// requests, s of wall time and s of CPU time.

const [bootstrap = '', store = '', step] = process.argv.slice(2)
const settings = readSettings({ KAFKA_BROKERS: bootstrap, WATCHDOG_STORE: store }, () => '')
const [cluster] = settings.clusters
if (cluster === undefined) throw new Error('the settings name no cluster')
const { interval, clockSkew } = settings
const horizon = { level: longestFirst(cluster.policy), interval, clockSkew }

const connection = await connect(cluster.kafka)
let requests = 0
const counting: Connection = new Proxy(connection, {
  get(target, name) {
    if (name === 'send' || name === 'sendToAny') requests++
    const value: unknown = Reflect.get(target, name, target)
    return typeof value === 'function' ? value.bind(target) : value
  },
})

const scan = { wall: 0, cpu: 0 }
const head = await takeSnapshot({
  cluster,
  kafka: {
    clusterId: connection.clusterId,
    async read(previous) {
      const [started, cpu] = [performance.now(), process.cpuUsage()]
      const reading = await readCluster(counting, {
        previous,
        log: { budget: settings.log, clockSkew },
        recordsHorizon: step === 'with' ? horizon : undefined,
        now: Date.now,
      })
      const { user, system } = process.cpuUsage(cpu)
      scan.wall = (performance.now() - started) / 1000
      scan.cpu = (user + system) / 1e6
      return reading
    },
  },
  snapshots: snapshotsOf(settings),
  restores: { plannedSince: async () => [] },
  alerts: alertsOf(settings),
  toolVersion: 'bench',
  clockSkew,
  now: Date.now,
})
await connection.close()
console.log(`${head.counts.commits} offsets`)
console.log(`scan ${JSON.stringify({ requests, ...scan })}`)
