import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readSettings } from '../../functions/config/settings.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import type { SnapshotHead } from '../../functions/core/snapshot.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { snapshotCluster } from '../../functions/wiring/snapshot.ts'
import { run } from '../cli/run.ts'

export interface Taken extends SnapshotHead {
  commits: Commit[]
}

/** A watchdog of one cluster, "prod", with its own store. */
export interface Watchdog extends AsyncDisposable {
  /** The folder of its snapshots. */
  readonly store: string
  /** Takes a snapshot in this process, and reads it back from the store. */
  snapshot(): Promise<Taken>
  /**
   * Runs the command line in its own process.
   * @param more settings besides the watchdog's
   */
  cli(args: string[], more?: NodeJS.ProcessEnv): ReturnType<typeof run>
}

/**
 * @param kafka the settings of the cluster, as an environment
 * @param yaml more settings of the cluster, in a file
 */
export async function watchdog(kafka: NodeJS.ProcessEnv, yaml?: string): Promise<Watchdog> {
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-e2e-'))
  const store = join(folder, 'snapshots')
  const file = join(folder, 'watchdog.yaml')
  if (yaml !== undefined) await writeFile(file, `clusters: [{ name: prod, ${yaml} }]`)

  const cluster = yaml === undefined ? { WATCHDOG_CLUSTER: 'prod' } : { WATCHDOG_CONFIG: file }
  const environment = { WATCHDOG_STORE: store, WATCHDOG_CLOCK_SKEW: '0s', ...cluster, ...kafka }
  const snapshots = snapshotStore(openStore(store))

  return {
    store,

    async snapshot() {
      const settings = readSettings(environment, path => readFileSync(path, 'utf8'))
      for (const one of settings.clusters) await snapshotCluster(settings, one)
      const newest = await snapshots.newest('prod')
      if (newest === undefined) throw new Error('what was just stored is not there')
      return { ...newest.head, commits: [...newest.commits] }
    },

    cli: (args, more = {}) => run(args, { ...environment, ...more }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
