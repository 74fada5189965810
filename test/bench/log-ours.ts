import { enableCompileCache } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { plaintext } from '../builders/kafka-settings.ts'

// The command line uses the compile cache, too.
enableCompileCache()
setFlagsFromString('--semi-space-growth-factor=1')

const { connect } = await import('../../functions/kafka/connection/connection.ts')
const { readOffsetLog } = await import('../../functions/kafka/consumer-offsets/read-log.ts')
const { newScan } = await import('../../functions/kafka/requests/scan.ts')
const { listLogOffsets } = await import('../../functions/kafka/scan/list-log-offsets.ts')
const { findTopics } = await import('../../functions/kafka/scan/find-topics.ts')

/** Reads `__consumer_offsets` as a first snapshot does. Argument: host:port of a broker. */
const [bootstrap = ''] = process.argv.slice(2)
const connection = await connect(plaintext(bootstrap))

const topic = '__consumer_offsets'
const scan = newScan(connection, {})
const topics = await findTopics(scan, [topic])
const found = topics.get(topic)
const partitions = [...(found?.leaders.keys() ?? [])].map(partition => ({ topic, partition }))
await listLogOffsets(scan, topics, partitions)

const ends = found?.reading.log ?? new Map()
const budget = { ms: 60_000, bytes: 2 ** 31 }
const { mode, log, records } = await readOffsetLog(connection, {
  cursors: [],
  ends,
  budget,
  clockSkew: 0,
  now: Date.now,
})
await connection.close()

console.log(JSON.stringify({ offsets: mode === 'exact' ? log.size : -1, records }))
