import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { CommittedOffsets } from '../../functions/core/columns/committed-offsets.ts'
import { compareKeys } from '../../functions/core/columns/key-order.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { encodeCommits } from '../../functions/store/snapshots/parquet/encode-commits.ts'
import { manyCommits } from '../builders/snapshots.ts'

// Rows or columns in memory? `npm run bench:layout` does with 200,000 commits what every snapshot does: it appends the
// answers of OffsetFetch, merges them by key with the earlier commits, and writes the result as Parquet. Half of the
// runs use arrays of objects, and half use the columns of CommittedOffsets and CommitTable, where the rules see one
// commit at a time as an object. Each run is its own process, so that neither layout profits from the other's garbage;
// the runs take turns.

const COMMITS = 200_000
const RUNS = 5
/** Approximate number of rows in a row group. */
const CHUNK = 8000

const steps = ['append', 'merge', 'write', 'total', 'peak'] as const
type Measured = Record<(typeof steps)[number], number>

const layouts = {
  async rows(): Promise<Measured> {
    const known = [...manyCommits(COMMITS)]

    const started = performance.now()
    const read: { group: string; topic: string; partition: number; offset: bigint; leaderEpoch: number }[] =
      []
    for (const [i, { group, topic, partition, offset, leaderEpoch }] of known.entries()) {
      read.push({ group, topic, partition, offset: offset + moved(i), leaderEpoch: leaderEpoch ?? -1 })
    }

    const appended = performance.now()
    const merged: Commit[] = []
    let j = 0
    for (const { offset, ...key } of read) {
      let base = known[j]
      while (base && compareKeys(base, key) < 0) base = known[++j]
      if (base) merged.push(observed(base, offset))
    }

    const mergedAt = performance.now()
    for (let i = 0; i < merged.length; i += CHUNK) {
      encodeCommits(CommitTable.from(merged.slice(i, i + CHUNK)))
    }
    return measured(started, appended, mergedAt)
  },

  async columns(): Promise<Measured> {
    const known = CommitTable.empty(COMMITS)
    for (const commit of manyCommits(COMMITS)) known.push(commit)
    const keyAt = (i: number) => ({
      group: known.columns.group_id.get(i) ?? '',
      topic: known.columns.topic.get(i) ?? '',
      partition: known.columns.partition_index[i] ?? 0,
    })

    const started = performance.now()
    const read = new CommittedOffsets()
    for (let i = 0; i < known.length; i++) {
      const { group, topic, partition } = keyAt(i)
      const offset = (known.columns.committed_offset[i] ?? 0n) + moved(i)
      read.push(group, topic, partition, offset, known.columns.leader_epoch[i] ?? -1, '', false)
    }

    const appended = performance.now()
    const merged = CommitTable.empty(known.length)
    let j = 0
    for (let i = 0; i < read.length; i++) {
      const key = {
        group: read.group[i] ?? '',
        topic: read.topic[i] ?? '',
        partition: read.partition[i] ?? 0,
      }
      while (j < known.length && compareKeys(keyAt(j), key) < 0) j++
      if (j < known.length) merged.push(observed(known.at(j), read.offset[i] ?? 0n))
    }

    const mergedAt = performance.now()
    encodeCommits(merged)
    return measured(started, appended, mergedAt)
  },
}

/** Every other group has committed since. */
const moved = (i: number) => BigInt(Math.floor(i / 20) % 2)

const observed = (known: Commit, offset: bigint): Commit => ({
  ...known,
  offset,
  seenAt: known.seenAt + 900_000,
  committed: offset === known.offset ? known.committed : { earliest: known.seenFrom, latest: known.seenAt },
})

const measured = (started: number, appended: number, merged: number): Measured => ({
  append: appended - started,
  merge: merged - appended,
  write: performance.now() - merged,
  total: performance.now() - started,
  peak: process.resourceUsage().maxRSS / 1024,
})

function run(layout: string): Measured {
  const output = execFileSync(process.execPath, [fileURLToPath(import.meta.url), layout], {
    encoding: 'utf8',
  })
  return JSON.parse(output)
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

const [layout] = process.argv.slice(2)
if (layout === 'rows' || layout === 'columns') {
  console.log(JSON.stringify(await layouts[layout]()))
} else {
  const runs = Array.from({ length: RUNS }, () => ({ rows: run('rows'), columns: run('columns') }))
  console.log(`${COMMITS} commits, medians of ${RUNS} runs, ms (peak: MiB of resident memory)`)
  for (const step of steps) {
    const [rows, columns] = [median(runs.map(r => r.rows[step])), median(runs.map(r => r.columns[step]))]
    console.log(
      `${step.padEnd(8)} rows ${rows.toFixed(0).padStart(5)}   columns ${columns.toFixed(0).padStart(5)}   ` +
        `columns / rows ${(columns / rows).toFixed(2)}`,
    )
  }
}
