import { hostname } from 'node:os'
import type { ClusterSettings, Settings } from '../core/model/settings.ts'
import type { PlannedKafka, RestoredKafka } from '../jobs/ports.ts'
import { type ProposedRestore, type ProposeRestore, proposeRestore } from '../jobs/propose-restore.ts'
import { type Execution, type Restore, restore } from '../jobs/restore.ts'
import { connect } from '../kafka/connection/connection.ts'
import { offsetsAt, partitionsOf } from '../kafka/scan/offsets-at-time.ts'
import { readGroup } from '../kafka/scan/read-group.ts'
import { writeOffsets } from '../kafka/write-offsets.ts'
import { toolVersion } from './settings.ts'
import { restoresOf, snapshotsOf } from './store.ts'

/** Writes to Kafka. The restore is wired separately, so that no deployed code can reach it. */
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

/** Both steps of a restore, over one connection. */
export interface RestoreSession extends AsyncDisposable {
  propose(
    asked: Omit<ProposeRestore, 'cluster' | 'kafka' | 'snapshots' | 'restores'>,
  ): Promise<ProposedRestore>
  restore(proposed: ProposedRestore, user: string, tell: Restore['tell']): Promise<Execution>
}

export async function openRestore(
  settings: Settings,
  cluster: ClusterSettings,
  signal: AbortSignal,
): Promise<RestoreSession> {
  const kafka = await writableKafka(cluster, signal)
  const restores = restoresOf(settings)
  return {
    propose: asked =>
      proposeRestore({ ...asked, cluster: cluster.name, kafka, snapshots: snapshotsOf(settings), restores }),
    restore: (proposed, user, tell) =>
      restore({
        proposed,
        kafka,
        restores,
        by: { user, host: hostname() },
        toolVersion,
        now: Date.now,
        signal,
        tell,
      }),
    [Symbol.asyncDispose]: () => kafka[Symbol.asyncDispose](),
  }
}
