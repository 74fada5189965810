import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { CommitTable, compareKeys } from '../../functions/core/commit-table.ts'
import type { Commit } from '../../functions/core/model.ts'
import { encodeCommits } from '../../functions/store/parquet.ts'
import { manyCommits } from '../store/commits.ts'

// Rows or columns in memory? `npm run bench:layout` takes 200,000 commits as an array of objects, and as a CommitTable,
// through what every snapshot does: append a reading, merge it with what was known by key, write it as Parquet. Each run
// is a process of its own, so that neither layout profits from the other's garbage; they take turns.

const COMMITS = 200_000
const RUNS = 5
/** About what a row group holds. */
const CHUNK = 5000

const steps = ['append', 'merge', 'write', 'total', 'peak'] as const
type Measured = Record<(typeof steps)[number], number>

const layouts = {
  async rows(): Promise<Measured> {
    const started = performance.now()
    const [known, read] = [[...manyCommits(COMMITS)], [...manyCommits(COMMITS)]]
    const appended = performance.now()

    const merged = [...merge(known, read)]
    const mergedAt = performance.now()

    for (let i = 0; i < merged.length; i += CHUNK) {
      await encodeCommits(CommitTable.of(merged.slice(i, i + CHUNK)))
    }
    return measured(started, appended, mergedAt)
  },

  async columns(): Promise<Measured> {
    const started = performance.now()
    const [known, read] = [tableOf(manyCommits(COMMITS)), tableOf(manyCommits(COMMITS))]
    const appended = performance.now()

    const merged = tableOf(merge(known, read))
    const mergedAt = performance.now()

    await encodeCommits(merged)
    return measured(started, appended, mergedAt)
  },
}

function tableOf(commits: Iterable<Commit>): CommitTable {
  const table = CommitTable.empty(COMMITS)
  for (const commit of commits) table.push(commit)
  return table
}

/** What is known of a commit goes on where its offset is the same. Both are sorted by key. */
function* merge(known: Iterable<Commit>, read: Iterable<Commit>): Generator<Commit> {
  const before = Iterator.from(known)
  let base = before.next()
  for (const commit of read) {
    while (!base.done && compareKeys(base.value, commit) < 0) base = before.next()
    const isSame = !base.done && compareKeys(base.value, commit) === 0 && base.value.offset === commit.offset
    yield isSame && base.value
      ? { ...commit, committed: base.value.committed, firstSeenAt: base.value.firstSeenAt }
      : commit
  }
}

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
