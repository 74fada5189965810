import { enableCompileCache } from 'node:module'

// The command line uses the compile cache, too; kafkajs alone does not.
enableCompileCache()
const { default: kafkajs } = await import('kafkajs')

const topic = '__consumer_offsets'

/** Reads `__consumer_offsets` with kafkajs' public consumer in the usual way. Argument: host:port of a broker. */
const [bootstrap = ''] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
const ends = await admin.fetchTopicOffsets(topic)
await admin.disconnect()

const left = new Map(ends.flatMap(({ partition, high }) => (high === '0' ? [] : [[partition, BigInt(high)]])))
const last = new Map<string, object>()
let records = 0

const { promise, resolve } = Promise.withResolvers<void>()
const consumer = kafka.consumer({ groupId: `bench-${process.pid}`, maxWaitTimeInMs: 100 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
await consumer.run({
  autoCommit: false,
  eachBatch: async ({ batch }) => {
    for (const { key, value } of batch.messages) {
      records++
      if (key === null || key.readInt16BE(0) > 1) continue
      const decoded = keyOf(key)
      const name = `${decoded.group} ${decoded.topic} ${decoded.partition}`
      if (value === null) last.delete(name)
      else last.set(name, { ...decoded, ...commitOf(value) })
    }
    const end = left.get(batch.partition)
    if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) left.delete(batch.partition)
    if (left.size === 0) resolve()
  },
})
await promise
await consumer.disconnect()

console.log(JSON.stringify({ offsets: last.size, records }))

function keyOf(key: Buffer) {
  const groupEnd = 4 + key.readInt16BE(2)
  const topicEnd = groupEnd + 2 + key.readInt16BE(groupEnd)
  return {
    group: key.toString('utf8', 4, groupEnd),
    topic: key.toString('utf8', groupEnd + 2, topicEnd),
    partition: key.readInt32BE(topicEnd),
  }
}

/** Decodes a value of version 4 with metadata of up to 126 bytes, as the benchmark writes it. */
function commitOf(value: Buffer) {
  const metadataEnd = 14 + value.readUInt8(14)
  return {
    offset: value.readBigInt64BE(2),
    leaderEpoch: value.readInt32BE(10),
    metadata: value.toString('utf8', 15, metadataEnd),
    committedAt: value.readBigInt64BE(metadataEnd),
  }
}
