import type { ClusterSettings } from '../core/model/settings.ts'
import type { PlannedKafka, RestoredKafka } from '../jobs/ports.ts'
import { connect } from '../kafka/connection/connection.ts'
import { offsetsAt, partitionsOf } from '../kafka/scan/offsets-at-time.ts'
import { readGroup } from '../kafka/scan/read-group.ts'
import { writeOffsets } from '../kafka/write-offsets.ts'

/** What can write to Kafka. It is wired apart from all else, so that nothing that is deployed can reach it. */
export type WritableKafka = PlannedKafka & RestoredKafka & AsyncDisposable

export async function writableKafka({ kafka }: ClusterSettings, signal: AbortSignal): Promise<WritableKafka> {
  const connection = await connect(kafka, { signal })
  return {
    clusterId: connection.clusterId,
    read: (group, partitions) => readGroup(connection, group, partitions, { signal }),
    partitionsOf: topic => partitionsOf(connection, topic, { signal }),
    offsetsAt: (time, partitions) => offsetsAt(connection, time, partitions, { signal }),
    write: (group, offsets) => writeOffsets(connection, group, offsets),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
