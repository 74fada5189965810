import { errorText } from '../core/model/failure.ts'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import { type Diagnosis, doctor } from '../jobs/doctor.ts'
import type { KafkaProbe } from '../jobs/ports.ts'
import { connect } from '../kafka/connection/connection.ts'
import { newScan } from '../kafka/requests/scan.ts'
import { findListedOnlyLive } from '../kafka/scan/live-groups.ts'
import { examineOffsetsTopic } from '../kafka/scan/read-offsets-topic.ts'
import { readBrokerSettings } from '../kafka/scan/read-retention.ts'
import { readRights } from '../kafka/scan/read-rights.ts'
import { slackChannel } from '../slack/client/channel.ts'
import { openStore } from '../store/objects/open-store.ts'
import { snapshotStore } from '../store/snapshots/snapshots.ts'

/** The real parts for doctor, which asks more of them than the other jobs do. */
export function examine(
  settings: Settings,
  clusters: ClusterSettings[],
  dateOf: (time: number) => string,
): Promise<Diagnosis> {
  const { store: location, storeLock, clockSkew, slack, interval } = settings
  const objects = openStore(location, storeLock)
  const snapshots = snapshotStore(objects, Date.now, clockSkew)
  const channel = slack && slackChannel(slack)
  return doctor({
    clusters,
    connect: probe,
    store: {
      location,
      probe: () => objects.probe(),
      newest: (cluster, options) => snapshots.newest(cluster, options),
    },
    slack: slack && channel && { ...channel, channel: slack.channel },
    now: Date.now(),
    interval,
    dateOf,
  })
}

async function probe({ kafka, retention }: ClusterSettings): Promise<KafkaProbe> {
  const connection = await connect(kafka)
  return {
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
      const pass = newScan(connection, {})
      const brokers = await readBrokerSettings(pass, retention)
      return { brokers: brokers.map(({ retention }) => retention), problems: pass.problems.list() }
    },
    offsetsTopic: head => examineOffsetsTopic(connection, head),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
