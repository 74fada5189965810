import type { OffsetsTopic } from '../../functions/core/offsets-topic.ts'
import type { Finding } from '../../functions/jobs/finding.ts'
import type { KafkaProbe } from '../../functions/jobs/ports.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'

export const commits = [commitOf({ group: 'a', topic: 't1' }), commitOf({ group: 'b', topic: 't2' })]

export type Rights = Awaited<ReturnType<KafkaProbe['rights']>>
export const rights: Rights = {
  cluster: { describe: true, describeConfigs: true },
  consumerOffsets: { exists: true, describe: true, read: true },
  topics: new Map(['t1', 't2'].map(name => [name, { describe: true, describeConfigs: true }])),
  groups: new Map(['a', 'b'].map(name => [name, true])),
}
export const retention = { broker: 1, retention: 604_800_000, sweep: 600_000, source: 'broker' } as const
export const offsetsTopic: OffsetsTopic = {
  id: 'id',
  partitions: 50,
  placedOver: 50,
  cleanupPolicy: 'compact',
  replicas: 3,
  logs: [],
}
export const newest = snapshotOf(commits, { mode: 'exact', offsetsTopic })
export const healthy: KafkaProbe = {
  brokers: async () => [{ id: 1, address: 'kafka-1:9092', trouble: undefined }],
  rights: async () => rights,
  listedOnlyLive: async () => [],
  retention: async () => ({ brokers: [retention], problems: [] }),
  offsetsTopic: async () => offsetsTopic,
  [Symbol.asyncDispose]: async () => {},
}

export const troubles = (findings: Finding[]) =>
  findings
    .filter(({ outcome }) => outcome !== 'ok')
    .map(({ outcome, subject, says }) => `${outcome} ${subject}: ${says}`)
