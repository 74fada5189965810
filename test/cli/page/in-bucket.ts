import { expect } from '@jest/globals'
import { pageApp } from '../../../functions/cli/page/app.ts'
import { readSettings } from '../../../functions/config/settings.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { readableIn } from '../../../functions/wiring/clusters.ts'
import { pageSourceOf } from '../../../functions/wiring/page.ts'
import { snapshotsOfLoss } from './samples.ts'

const SNAPSHOTS = 12

/** Stores half a day with a loss in a bucket, and reads the first screen and a group's page from it, as `serve` does. */
export async function expectPageFrom(store: string): Promise<void> {
  const now = Date.now()
  const snapshots = snapshotStore(openStore(store))
  for (const snapshot of snapshotsOfLoss(now).slice(-SNAPSHOTS)) await snapshots.write(snapshot)

  const { clusters, failures } = await readableIn(
    readSettings({}, () => ''),
    [store],
    undefined,
  )
  const source = pageSourceOf(clusters, {}, failures)
  const app = pageApp({
    source,
    isOwnHost: () => true,
    interval: 3_600_000,
    showsMetadata: false,
    now: () => now,
  })
  const first = await (await app.request('/')).text()
  expect(first).toContain('<a href="/group?cluster=prod&amp;name=orders"')
  const group = await (await app.request('/group?cluster=prod&name=orders')).text()
  expect(group).toContain('offset-watchdog restore --cluster=prod -- orders')
  expect(group).toContain(`Read ${SNAPSHOTS} of ${SNAPSHOTS} snapshots`)
  expect(group.match(/<line class="loss"/g)).toHaveLength(2)
}
