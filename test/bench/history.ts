import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DAY } from '../../functions/core/time.ts'
import { fillStore, groups, INTERVAL } from './history-store.ts'
import { alternate, type Contender, here, node } from './processes.ts'
import { type Bar, showBars, showUsages } from './report.ts'
import { slowBucket } from './slow-bucket.ts'

// How long does `lookup --history` take for two weeks, 1,344 snapshots of 1,000 groups with 20 partitions each?
// Measures whole processes: from a folder, and from a bucket that takes 20 ms for each request. `--short`: 50 groups.

const isShort = process.argv.includes('--short')
const SNAPSHOTS = (14 * DAY) / INTERVAL
const GROUPS = isShort ? 50 : 1_000
const REQUEST_TAKES = 20
const RUNS = isShort ? 3 : 5

const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-history-'))
try {
  const now = Date.now()
  await fillStore(folder, now - (now % INTERVAL) - SNAPSHOTS * INTERVAL, SNAPSHOTS, GROUPS)
  await using bucket = await slowBucket(folder, REQUEST_TAKES)

  const stores = { folder: { WATCHDOG_STORE: folder }, bucket: bucket.settings }
  const contenders = Object.entries(stores).flatMap(([store, env]) =>
    Object.values(groups).map((group): [string, Contender] => [
      `${store} ${group}`,
      {
        name: `lookup ${group} --history, from a ${store}`,
        ...node(here('../../dist/main.js'), 'lookup', group, '--history'),
        env: { WATCHDOG_CLUSTER: 'prod', ...env },
        prints: /Read \d+ of 1,344 snapshots/,
      },
    ]),
  )
  const usages = Object.values(await alternate(Object.fromEntries(contenders), RUNS))
  showUsages(usages)

  const bars = usages.flatMap(({ name, wall, cpu }): Bar[] => [
    { what: `wall s, ${name}`, measured: wall, bar: 2 },
    { what: `CPU s, ${name}`, measured: cpu, bar: 1 },
  ])
  showBars(bars)
  if (bars.some(({ measured, bar }) => measured > bar)) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}
