import { errorText } from '../../core/model/failure.ts'
import type { ClusterSettings } from '../../core/model/settings.ts'
import type { KafkaProbe } from '../../jobs/ports.ts'
import type { Connection } from '../connection/connection.ts'
import { newScan } from '../requests/scan.ts'
import { findListedOnlyLive } from './live-groups.ts'
import { examineOffsetsTopic } from './read-offsets-topic.ts'
import { readBrokerSettings } from './read-retention.ts'
import { readRights } from './read-rights.ts'

/**
 * The questions that doctor asks a cluster.
 * @param retention from the settings, ms, for brokers that do not report theirs
 */
export const kafkaProbe = (connection: Connection, retention: ClusterSettings['retention']): KafkaProbe => ({
  brokers: () =>
    Promise.all(
      [...connection.brokers].map(async ([id, { host, port }]) => ({
        id,
        address: `${host}:${port}`,
        trouble: await connection.apiVersions(id).then(() => undefined, errorText),
      })),
    ),
  rights: subjects => readRights(connection, subjects),
  listedOnlyLive: groups => findListedOnlyLive(connection, groups),
  async retention() {
    const scan = newScan(connection, {})
    const brokers = await readBrokerSettings(scan, retention)
    return { brokers: brokers.map(({ retention }) => retention), problems: scan.problems.list() }
  },
  offsetsTopic: head => examineOffsetsTopic(connection, head),
  [Symbol.asyncDispose]: () => connection.close(),
})
