import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { DAY } from '../../functions/core/time.ts'
import { run } from '../cli/run.ts'
import { fillStore, groups, INTERVAL } from './history-store.ts'
import { slowBucket } from './slow-bucket.ts'

// `npm run bench:history` measures the seconds of two weeks. A loaded machine cannot promise seconds, so this test
// counts the requests on which they depend.

const SNAPSHOTS = (4 * DAY) / INTERVAL
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-requests-'))
  const now = Date.now()
  await fillStore(
    folder,
    now - (now % INTERVAL) - SNAPSHOTS * INTERVAL,
    SNAPSHOTS,
    Object.keys(groups).length,
  )
})
afterAll(() => rm(folder, { recursive: true }))

test.each([
  { group: groups.quiet, read: 15 },
  { group: groups.busy, read: 70 },
  { group: groups.lossy, read: 85 },
])(
  'four days of the group $group: at most $read of 384 snapshots are read, with two requests each',
  async ({ group, read }) => {
    await using bucket = await slowBucket(folder, 0)
    const settings = { WATCHDOG_CLUSTER: 'prod', ...bucket.settings }
    const { code, stdout, stderr } = await run(['lookup', group, '--history'], settings)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [, snapshots] = /Read (\d+) of 384 snapshots/.exec(stdout) ?? []
    expect(Number(snapshots)).toBeLessThanOrEqual(read)
    // A listing and two reads for the lookup, one for the days, and listings that find nothing older.
    expect(bucket.requests()).toBeLessThanOrEqual(2 * Number(snapshots) + 10)
  },
)
