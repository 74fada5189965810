import kafkaJs from 'kafkajs'
import { atMost } from '../../../functions/kafka/requests/in-parts.ts'

// Reads all offsets of all groups with kafkajs' admin, which needs a request for each group. Prints their number.

const CONCURRENCY = 50

const [bootstrap = ''] = process.argv.slice(2)
const admin = new kafkaJs.Kafka({ brokers: [bootstrap], logLevel: kafkaJs.logLevel.NOTHING }).admin()
await admin.connect()
const { groups } = await admin.listGroups()
const offsets = await atMost(CONCURRENCY, groups, ({ groupId }) => admin.fetchOffsets({ groupId }))
await admin.disconnect()
console.log(offsets.flat().flatMap(({ partitions }) => partitions).length)
