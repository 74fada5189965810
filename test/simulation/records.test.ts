import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Incident } from '../../functions/core/alerts/alert-state.ts'
import { incidentKeys, summaryKey } from '../../functions/core/alerts/keys.ts'
import { CommitTable } from '../../functions/core/columns/commit-table.ts'
import { merge } from '../../functions/core/evidence/merge.ts'
import { FEW } from '../../functions/core/evidence/records-deadline.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import type { TopicReading } from '../../functions/core/reading.ts'
import { now } from '../builders/commits.ts'
import { Watcher } from '../core/alerts/alerts.ts'
import { aReading, clockSkew, consumer, DAY, emptyConsumer, MINUTE, subscribedTo } from '../core/readings.ts'

// Groups that read logs whose records are produced and deleted. The simulation counts losses as they happen;
// functions/core sees only snapshots.

const groups = ['web', 'etl'] as const
const keys = ['a-0', 'a-1', 'b-0'] as const
type Group = (typeof groups)[number]
type Key = (typeof keys)[number]

type Commits =
  | { do: 'read'; group: Group; key: Key; records: bigint; reset: 'earliest' | 'latest' }
  | { do: 'step back'; group: Group; key: Key }

type Action =
  | Commits
  | { do: 'produce'; key: Key; records: bigint }
  | { do: 'delete'; key: Key; records: bigint }
  | { do: 'start'; group: Group }
  | { do: 'stop'; group: Group }

const key = fc.constantFrom(...keys)
const group = fc.constantFrom(...groups)
const records = fc.bigInt(1n, 40n)
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('produce'), key, records }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete'), key, records }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read'),
      group,
      key,
      records,
      reset: fc.constantFrom('earliest', 'latest'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('step back'), group, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('start'), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('stop'), group }) },
)
const few = fc.array(action, { maxLength: 4 })
/** Events before a snapshot, and during it: between its answers about logs and offsets. */
const interval = fc.record({ before: few, meanwhile: few, logsFirst: fc.boolean() })

const least = (a: bigint, b: bigint): bigint => [a, b].reduce((x, y) => (y < x ? y : x))

class Cluster {
  readonly logs = new Map(keys.map(key => [key, { start: 0n, end: 100n }]))
  readonly offsets = new Map(groups.map(group => [group, new Map(keys.map(key => [key, 50n]))]))
  readonly running = new Set<Group>(groups)
  /** Lost records by group and partition: their number, and the offset up to which they are counted. */
  readonly lost = new Map<string, { records: bigint; upTo: bigint }>()

  act(action: Action): void {
    const { do: what } = action
    if (what === 'start') this.running.add(action.group)
    else if (what === 'stop') this.running.delete(action.group)
    else if (what === 'produce') this.#log(action.key).end += action.records
    else if (what === 'delete') {
      const log = this.#log(action.key)
      log.start = least(log.start + action.records, log.end)
    } else if (this.running.has(action.group)) this.#commit(action)
    this.#count()
  }

  #commit(action: Commits): void {
    const offsets = this.offsets.get(action.group)
    const { start, end } = this.#log(action.key)
    const offset = offsets?.get(action.key) ?? 0n
    if (action.do === 'step back') {
      const back = offset > 20n ? offset - 20n : 0n
      offsets?.set(action.key, back)
      const name = `${action.group} ${action.key}`
      const lost = this.lost.get(name)
      // The next fetch asks for deleted records, even if the group had already read them once.
      if (lost && back < start) this.lost.set(name, { ...lost, upTo: least(lost.upTo, back) })
      return
    }
    const from = offset >= start ? offset : action.reset === 'earliest' ? start : end
    offsets?.set(action.key, least(from + action.records, end))
  }

  #log = (key: Key) => this.logs.get(key) ?? { start: 0n, end: 0n }

  #count(): void {
    for (const [group, offsets] of this.offsets)
      for (const [key, offset] of offsets) {
        const { start } = this.#log(key)
        const { records, upTo } = this.lost.get(`${group} ${key}`) ?? { records: 0n, upTo: 0n }
        const from = offset > upTo ? offset : upTo
        if (from < start) this.lost.set(`${group} ${key}`, { records: records + start - from, upTo: start })
      }
  }
}

class Run {
  readonly cluster = new Cluster()
  readonly #watcher = new Watcher()
  #rows: Commit[] = []
  /** Rows that report a loss. */
  told = 0
  #snapshots = 0

  take({ before, meanwhile, logsFirst }: { before: Action[]; meanwhile: Action[]; logsFirst: boolean }) {
    const { cluster } = this
    for (const each of before) cluster.act(each)
    const later = 15 * MINUTE * this.#snapshots++
    let [logs, seen] = [logsOf(cluster), seenIn(cluster)]
    for (const each of meanwhile) cluster.act(each)
    if (logsFirst) seen = seenIn(cluster)
    else logs = logsOf(cluster)

    const known = this.#rows
    const reading = { ...aReading(now + later - MINUTE, seen), topics: logs }
    const table = merge(CommitTable.from(known), reading, {
      previousReadAt: null,
      clockSkew,
      restored: [],
      keepsMetadata: () => true,
      keepsMembers: () => true,
      keepsGone: () => 90 * DAY,
    })
    this.#rows = [...table]
    this.#watcher.tell(later, this.#rows)
    for (const row of this.#rows) this.#checkRow(row, known)
    for (const group of groups) this.#checkIncidents(group)
  }

  /** No existing record is reported as lost, and each sure loss of a running group is reported. */
  #checkRow(row: Commit, known: readonly Commit[]): void {
    const key = `${row.topic}-${row.partition}`
    const truth = this.cluster.lost.get(`${row.group} ${key}`) ?? { records: 0n, upTo: 0n }
    const { atMost, upTo } = row.lostRecords ?? { atMost: 0n, upTo: 0n }
    if (atMost > 0n) this.told++
    expect(atMost).toBeLessThanOrEqual(truth.records)
    expect(upTo).toBeLessThanOrEqual(truth.upTo)

    const before = known.find(
      ({ group, topic, partition }) => `${group} ${topic}-${partition}` === `${row.group} ${key}`,
    )
    const start = before?.logStart ?? 0n
    if (row.offset >= start || row.state !== 'Stable' || this.#snapshots < 3) return
    const mayBeMarkers = before?.lostRecords === null && start - row.offset <= FEW && start === before.logEnd
    if (mayBeMarkers) return
    expect(upTo).toBeGreaterThanOrEqual(start)
    const { messages } = this.#watcher.state
    // The incidents of the first snapshots share a summary.
    const told = this.#losses(row.group).filter(({ id, summary }) =>
      [incidentKeys(id).parent, summaryKey(summary?.id ?? '')].some(
        key => messages[key]?.status === 'posted',
      ),
    )
    expect(told).not.toEqual([])
  }

  /** One open incident at a time, whose running total covers all losses. */
  #checkIncidents(group: Group): void {
    const open = this.#losses(group).filter(({ closed }) => closed === null)
    expect(open.length).toBeLessThanOrEqual(1)
    const total = this.#rows
      .filter(row => row.group === group)
      .reduce((sum, { lostRecords }) => sum + (lostRecords?.atMost ?? 0n), 0n)
    for (const { recordsLost } of open)
      expect(BigInt(recordsLost?.before ?? 0) + BigInt(recordsLost?.atMost ?? 0)).toBe(total)
  }

  #losses = (group: string): Incident[] =>
    this.#watcher.state.incidents.filter(each => each.group === group && each.kind === 'records-loss')
}

const logsOf = ({ logs }: Cluster): Map<string, TopicReading> =>
  new Map(
    ['a', 'b'].map(topic => {
      const partitions = keys.filter(key => key.startsWith(topic))
      const log = new Map(
        partitions.map(key => [Number(key.slice(2)), { ...(logs.get(key) ?? { start: 0n, end: 0n }) }]),
      )
      return [topic, { id: null, deleted: false, log, retention: { by: 'size' } }]
    }),
  )

const seenIn = ({ offsets, running }: Cluster) =>
  Object.fromEntries(
    [...offsets].map(([group, ofGroup]) => {
      const kind = running.has(group) ? consumer : emptyConsumer
      return [group, kind(Object.fromEntries(ofGroup), subscribedTo('a', 'b'))]
    }),
  )

// `npm run histories` has more.
const numRuns = Number(process.env.HISTORIES ?? 40)

test(
  'no loss of records is missed or made up, and a group has one incident at a time, whatever happens',
  () => {
    let told = 0
    fc.assert(
      fc.property(fc.array(interval, { minLength: 5, maxLength: 30, size: 'max' }), intervals => {
        const run = new Run()
        for (const each of intervals) run.take(each)
        told += run.told
      }),
      { numRuns },
    )
    // Otherwise the test has tried nothing.
    expect(told).toBeGreaterThan(numRuns)
  },
  60_000 + 500 * numRuns,
)
