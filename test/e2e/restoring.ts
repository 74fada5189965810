import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../functions/config/settings.ts'
import type { ClusterSettings, Settings } from '../../functions/core/model/settings.ts'
import type { RestoreResult } from '../../functions/core/recovery/restore-record.ts'
import {
  type ProposedRestore,
  type ProposeRestore,
  proposeRestore,
} from '../../functions/jobs/propose-restore.ts'
import { type Restore, restore } from '../../functions/jobs/restore.ts'
import { type WritableKafka, writableKafka } from '../../functions/wiring/restore.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { restoresOf, snapshotsOf } from '../../functions/wiring/store.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import type { Witness } from '../brokers/witness.ts'

/** A user with a cluster and a store, who takes snapshots, makes plans and executes them. */
export interface Operator extends AsyncDisposable {
  kafka: WritableKafka
  settings: Settings
  /** The settings as an environment for the command line. */
  environment: NodeJS.ProcessEnv
  folder: string
  /** Takes a snapshot of these groups. */
  snapshot(...groups: string[]): Promise<void>
  plan(group: string, options?: Partial<ProposeRestore>): Promise<ProposedRestore>
  execute(proposed: ProposedRestore, options?: Partial<Restore>): Promise<RestoreResult>
  /** Plans and executes, one after the other. */
  restore(group: string, options?: Partial<ProposeRestore>): Promise<RestoreResult>
}

/** @param more more settings, as environment variables */
export async function operatorOf(
  bootstrap: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Operator> {
  const folder = await mkdtemp(join(tmpdir(), 'restore-'))
  const environment = {
    KAFKA_BROKERS: bootstrap.join(),
    WATCHDOG_CLUSTER: 'prod',
    WATCHDOG_STORE: join(folder, 'store'),
    WATCHDOG_CLOCK_SKEW: '0s',
    ...more,
  }
  const settings = readSettings(environment, () => '')
  const cluster = theOnly(settings)
  const { signal } = new AbortController()
  const kafka = await writableKafka(cluster, signal)

  const plan = (group: string, options: Partial<ProposeRestore> = {}) =>
    proposeRestore({
      cluster: cluster.name,
      group,
      from: { kind: 'snapshot', at: undefined },
      selection: { topic: undefined, partitions: undefined, all: false },
      belowStart: 'refuse',
      kafka,
      snapshots: snapshotsOf(settings),
      restores: restoresOf(settings),
      ...options,
    })

  const execute = async (proposed: ProposedRestore, options: Partial<Restore> = {}) => {
    const { result, unrecorded } = await restore({
      proposed,
      kafka,
      restores: restoresOf(settings),
      by: { user: 'somebody', host: 'somewhere' },
      toolVersion: 'test',
      now: Date.now,
      lookAgainAfter: 0,
      patience: 60_000,
      signal,
      tell: () => {},
      ...options,
    })
    if (unrecorded !== null) throw new Error(unrecorded)
    return result
  }

  return {
    kafka,
    settings,
    environment,
    folder,
    async snapshot(...groups) {
      await snapshotCluster(settings, { ...cluster, groups })
    },
    plan,
    execute,
    restore: async (group, options) => execute(await plan(group, options)),
    async [Symbol.asyncDispose]() {
      await kafka[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

interface Loss {
  bootstrap: readonly string[]
  truth: Witness
  group: string
  topic: string
}

/**
 * Gives a group offset 4 in partition 0 and offset 5 in partition 1, and then loses both. Snapshots are taken before
 * and after.
 */
export async function loseOffsets(
  operator: Operator,
  { bootstrap, truth, group, topic }: Loss,
): Promise<void> {
  const offsets = [
    { topic, partition: 0, offset: 4n, metadata: 'note' },
    { topic, partition: 1, offset: 5n },
  ]
  await commitRaw(bootstrap, [{ group, offsets }])
  await operator.snapshot(group)
  await commitRaw(bootstrap, [{ group, offsets, expiresIn: 100 }])
  await truth.waitUntilGone(group)
  await operator.snapshot(group)
}

function theOnly({ clusters: [cluster] }: Settings): ClusterSettings {
  if (cluster) return cluster
  throw new Error('the settings have no cluster')
}
