import type { AlertState } from '../core/alerts/alert-state.ts'
import { isAtRisk } from '../core/alerts/incidents.ts'
import { lossesOf } from '../core/alerts/losses.ts'
import { matches } from '../core/glob.ts'
import { type Level, levels } from '../core/model/commit.ts'
import { Failure } from '../core/model/failure.ts'
import type { ClusterSettings } from '../core/model/settings.ts'
import { type Assessment, LOSS_IS_NEWS } from '../core/policy.ts'
import { isTooOld, type Snapshot, type SnapshotHead } from '../core/snapshot.ts'
import { nearestOf } from '../text/nearest.ts'
import { shellQuoted } from '../text/shell.ts'
import { unseen, visible } from '../text/visible.ts'
import { assessTable } from './assess.ts'

/** Which part of a snapshot is asked for. */
export interface StatusFilter {
  /** A pattern of group ids, in which `*` stands for any characters. */
  group: string | undefined
  /** Only what is at this level or nearer, and losses. */
  level: Level | undefined
  /** Only what the settings say to ignore. */
  ignored: boolean
}

/** A snapshot as it looks at one time under the policy; only the groups of which something is selected. */
export interface Status {
  head: SnapshotHead
  /** In the order of the snapshot: by group, topic and partition. */
  groups: Assessment[][]
}

export interface StatusContext {
  cluster: ClusterSettings
  /** ms since the epoch. */
  now: number
  /** ms */
  clockSkew: number
  /** ms between two snapshots. */
  interval: number
}

/** @throws UnknownGroup where no group of the snapshot matches: a typing error must not look like all is well. */
export function statusOf(
  { head, commits }: Snapshot,
  context: StatusContext,
  selection: StatusFilter,
): Status {
  const { group: pattern, level, ignored } = selection
  const { now, clockSkew, interval, cluster } = context
  const problems = [...head.problems]
  const rules = {
    policy: cluster.policy,
    retention: head.retention,
    now,
    clockSkew,
    newsSince: now - LOSS_IS_NEWS,
    interval,
    onDefect: (group: string, error: unknown) => {
      const message = `Group ${JSON.stringify(group)} cannot be shown: ${String(error)}. Please report it.`
      problems.push({ scope: { group }, code: 'unknown', message })
    },
  }

  const groups: Assessment[][] = []
  let matched = 0
  for (const assessments of assessTable(commits, rules)) {
    const [first] = assessments
    if (pattern !== undefined && first && !matches(pattern, first.commit.group)) continue
    matched++
    const selected = assessments.filter(
      assessment => (!ignored || assessment.ignored) && (!level || isFound(assessment, level)),
    )
    if (selected.length > 0) groups.push(selected)
  }
  if (pattern !== undefined && matched === 0) throw unknownGroup(pattern, { head, commits })
  return { head: { ...head, problems }, groups }
}

const isLost = ({ case: policyCase }: Assessment) => policyCase === 'loss' || policyCase === 'loss-stopped'

/** At this level or nearer. A loss, and what lies beyond the log, is nearer than any. */
function isFound(assessment: Assessment, least: Level): boolean {
  const { standing, level } = assessment
  if (isLost(assessment) || standing === 'beyond-log-end') return true
  return level !== null && levels.indexOf(level) >= levels.indexOf(least)
}

/** Of what was found, what nobody has acknowledged: after a loss, the next deadline is another matter. */
export function withoutAcknowledged(groups: Assessment[][], state: AlertState): Assessment[][] {
  const acknowledged = Map.groupBy(
    state.incidents.filter(({ acknowledgedAt }) => acknowledgedAt !== null),
    ({ group }) => group,
  )
  return groups.flatMap(assessments => {
    const incidents = acknowledged.get(assessments[0]?.commit.group ?? '') ?? []
    const losses = incidents.flatMap(incident => lossesOf(incident, assessments))
    const isMuted = incidents.some(({ kind, closed }) => kind === 'deadline' && closed === null)

    const rest = assessments.filter(
      assessment =>
        (isLost(assessment) && !losses.includes(assessment)) || (isAtRisk(assessment) && !isMuted),
    )
    return rest.length > 0 ? [rest] : []
  })
}

/** Exit code of `status --check` for one cluster: old knowledge outranks what it says, and that outranks gaps in it. */
export function checkCode({ head, groups }: Status, now: number, maxAge: number): 0 | 1 | 3 | 4 {
  if (isTooOld(head, now, maxAge)) return 3
  if (groups.length > 0) return 1
  return head.complete ? 0 : 4
}

/** One cluster does not have the group; of several that are asked another one may. */
export class UnknownGroup extends Failure {}

export function unknownGroup(group: string, { head, commits }: Snapshot): UnknownGroup {
  const known = new Set(commits.columns.group_id.strings)
  const shownSo = [...known].filter(name => visible(name) === group)
  const near = (shownSo.length > 0 ? shownSo : nearestOf(group, known, 3)).map(copyable)
  const remedy = near.length > 0 ? `did you mean ${near.join(' or ')}?` : '`status` lists those that it has.'
  return new UnknownGroup(
    `cluster "${head.cluster}" has no offsets of a group ${JSON.stringify(group)}: ${remedy}`,
  )
}

/** As somebody can put it into the next command, also where what he sees is not the name. */
const copyable = (name: string) => (unseen.test(name) ? shellQuoted(name) : JSON.stringify(name))

/** @param skipped why the snapshots that are there cannot be used, a sentence each */
export function noSnapshot(cluster: string, skipped: readonly string[] = [], remedy = nextSnapshot): Failure {
  const [first] = skipped
  if (first === undefined) {
    const sentence = `cluster "${cluster}" has no snapshot yet: take one with \`snapshot\`, or check WATCHDOG_STORE.`
    return new Failure(sentence)
  }
  const others = skipped.length > 1 ? ` (and ${skipped.length - 1} more)` : ''
  const why = first.replace(/\.$/, '')
  return new Failure(`cluster "${cluster}" has no snapshot that can be used: ${why}${others}. ${remedy}`)
}

const nextSnapshot = 'Take one with `snapshot`, and see what became of those before.'
