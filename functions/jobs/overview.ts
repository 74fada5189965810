import { setImmediate as turn } from 'node:timers/promises'
import type { AlertState, Incident } from '../core/alerts/alert-state.ts'
import { type GroupKind, type Level, levels } from '../core/model/commit.ts'
import type { Assessment } from '../core/policy.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import { assessTable } from './assess.ts'
import { noSnapshot } from './not-found.ts'
import type { Alerts, SkipOptions, StatusSnapshots } from './ports.ts'
import { alertState } from './read-status.ts'
import { isLost, rulesOf, type StatusContext, withoutAcknowledged } from './status.ts'

/** A cluster with a line for each group, for metrics and for the page. Times are ms since the epoch. */
export interface Overview {
  head: SnapshotHead
  /** In the order of the group ids. */
  groups: GroupOverview[]
  /** The incidents of the alert state, including closed ones. */
  incidents: readonly Incident[]
}

export interface GroupOverview {
  group: string
  kind: GroupKind
  state: string
  /** Owner by the matching route; null if no route names one. */
  owner: string | null
  isIgnored: boolean
  /** The nearest level of all partitions; null if the deadline is far away, or is not alerted on. */
  level: Level | null
  recordsLevel: Level | null
  /** The earliest deadline of all partitions; null if no clock runs, or the group is ignored. */
  deadline: number | null
  recordsDeadline: number | null
  /** Number of offsets that are gone or reset, and that nobody has acknowledged. */
  openLosses: number
  /** Time when the last of these losses was found; null if there is none. */
  lostBy: number | null
  /** The partitions with an offset that is not gone. */
  partitions: PartitionOverview[]
}

export interface PartitionOverview {
  topic: string
  partition: number
  offset: bigint
  /** Null if the log's end could not be read. */
  lag: bigint | null
  logEnd: bigint | null
  deadline: number | null
  recordsDeadline: number | null
  /** The latest possible time of the commit. */
  lastCommit: number
}

export interface ReadOverview extends StatusContext, SkipOptions {
  snapshots: Pick<StatusSnapshots, 'newest'>
  alerts: Pick<Alerts, 'read'>
  onUnreadableState?: (message: string) => void
}

/** Other requests, such as probes, get an answer after this many groups: 500 groups take about 30 ms. */
const GROUPS_A_TURN = 500

/**
 * The newest snapshot, assessed by the policy now.
 * @throws Failure if no snapshot can be used
 */
export async function readOverview(job: ReadOverview): Promise<Overview> {
  const { cluster, snapshots } = job
  const skipped: string[] = []
  const snapshot = await snapshots.newest(cluster.name, {
    onSkipped: problem => {
      skipped.push(problem.message)
      job.onSkipped?.(problem)
    },
  })
  if (!snapshot) throw noSnapshot(cluster.name, skipped)

  const state = await alertState(job)
  const problems = [...snapshot.head.problems]
  const rules = rulesOf(snapshot.head, job, problem => problems.push(problem))
  const groups: GroupOverview[] = []
  for (const assessments of assessTable(snapshot.commits, rules)) {
    const group = assessments[0]?.commit.group ?? ''
    groups.push(overviewOf(group, assessments, openLosses(assessments, state, job.now)))
    if (groups.length % GROUPS_A_TURN === 0) await turn()
  }
  return { head: { ...snapshot.head, problems }, groups, incidents: state.incidents }
}

function openLosses(assessments: Assessment[], state: AlertState, now: number): Assessment[] {
  if (!assessments.some(isLost)) return []
  return withoutAcknowledged([assessments], state, now).flat().filter(isLost)
}

function overviewOf(
  group: string,
  rows: readonly Assessment[],
  losses: readonly Assessment[],
): GroupOverview {
  const live = rows.filter(({ commit }) => commit.gone === null)
  const partitions = live.map(partitionOf)
  const [first] = live.length > 0 ? live : rows
  return {
    group,
    kind: first?.commit.kind ?? 'unknown',
    state: first?.commit.state ?? 'Unknown',
    owner: rows[0]?.owner ?? null,
    isIgnored: rows.some(({ ignored }) => ignored !== null),
    level: nearest(rows.map(({ level }) => level)),
    recordsLevel: nearest(rows.map(({ records }) => records.level)),
    deadline: least(partitions.map(({ deadline }) => deadline)),
    recordsDeadline: least(partitions.map(({ recordsDeadline }) => recordsDeadline)),
    openLosses: losses.length,
    lostBy: losses.reduce<number | null>(
      (latest, { loss }) => Math.max(latest ?? 0, loss?.lostBy ?? 0),
      null,
    ),
    partitions,
  }
}

function partitionOf({ commit, ignored, standing }: Assessment): PartitionOverview {
  const { topic, partition, offset, logEnd, committed, deadline, unread } = commit
  const isTold = ignored === null && standing !== 'same-offset'
  return {
    topic,
    partition,
    offset,
    logEnd,
    lag: logEnd === null ? null : logEnd > offset ? logEnd - offset : 0n,
    deadline: isTold ? (deadline?.earliest ?? null) : null,
    recordsDeadline: ignored === null ? (unread?.earliest ?? null) : null,
    lastCommit: committed.latest,
  }
}

const least = (times: readonly (number | null)[]): number | null =>
  times.reduce((a, b) => (a === null || b === null ? (a ?? b) : Math.min(a, b)), null)

const nearest = (all: readonly (Level | null)[]): Level | null =>
  levels.findLast(level => all.includes(level)) ?? null
