import { createHash } from 'node:crypto'
import { steppedBackAt } from '../evidence/loss.ts'
import { type Assessment, type AssessmentContext, routeOf, timeLeft } from '../policy.ts'
import type { AlertState, Digest } from './alert-state.ts'
import type { AssessedGroups } from './incidents.ts'
import type { DigestEntry } from './notice.ts'
import { type Due, type DueContext, due } from './posting.ts'

const DAY = 24 * 60 * 60 * 1000

export interface DigestContext extends AssessmentContext {
  /** ms after midnight UTC. */
  digestAt: number
}

/** The newest time of day at which a digest was to be made, ms since the epoch. */
const dueDigest = ({ now, digestAt }: Pick<DigestContext, 'now' | 'digestAt'>): number =>
  Math.floor((now - digestAt) / DAY) * DAY + digestAt

/** Whether groups that are merely protected are of interest: they are many, and are looked at once a day. */
export const wantsDigest = (
  { digestOf, digests }: AlertState,
  context: Pick<DigestContext, 'now' | 'digestAt'>,
): boolean =>
  (digestOf !== null && digestOf < dueDigest(context)) ||
  digests.some(({ parent }) => parent?.status !== 'posted')

/** Once a day each channel with something at risk gets a digest to be posted, unless it would say the same again. */
export function withDigests(state: AlertState, groups: AssessedGroups, context: DigestContext): AlertState {
  const of = dueDigest(context)
  // One of the day after tomorrow was made by a clock that was ahead: the next ones must not wait for it.
  if (state.digestOf === null || state.digestOf > of + DAY) return { ...state, digestOf: of }
  if (state.digestOf >= of) return state

  const since = state.digestOf
  const channels = new Set([...groups.keys()].map(group => channelOf(group, context)))
  const digests = [...channels].flatMap((channel): Digest[] => {
    const entries = entriesOf(channel, since, state, groups, context)
    if (entries.length === 0) return []
    const says = saysOf(entries)
    const before = state.digests.find(each => each.channel === channel)
    return [before?.says === says ? before : { channel, says, since, parent: null }]
  })
  return { ...state, digestOf: of, digests }
}

export function digestMessages(state: AlertState, groups: AssessedGroups, context: DueContext): Due[] {
  return state.digests.flatMap(({ channel, says, since, parent }) => {
    // Yesterday's digest is not edited: it says how it was.
    if (parent?.status === 'posted') return []
    const entries = entriesOf(channel, since, state, groups, context)
    if (entries.length === 0) return []
    const route = routeOf(entries[0]?.group ?? '', context.policy) ?? null
    const notice = {
      type: 'digest',
      cluster: state.cluster,
      takenAt: context.takenAt,
      now: context.now,
      of: state.digestOf ?? context.now,
      entries,
    } as const
    return due(parent, { of: { type: 'digest', channel }, says, route, notice }, context)
  })
}

const channelOf = (group: string, { policy }: AssessmentContext): string | null =>
  routeOf(group, policy)?.channel ?? null

/** What goes soonest comes first. */
function entriesOf(
  channel: string | null,
  since: number,
  { incidents }: AlertState,
  groups: AssessedGroups,
  context: AssessmentContext,
): DigestEntry[] {
  const told = new Set(
    incidents.filter(({ kind, closed }) => kind === 'deadline' && closed === null).map(({ group }) => group),
  )
  return [...groups]
    .filter(([group]) => channelOf(group, context) === channel)
    .flatMap(([group, assessments]) => {
      const byCase = Map.groupBy(assessments, each => caseOf(each, since, told.has(group)))
      byCase.delete(undefined)
      return [...byCase].flatMap(([digestCase, rows]): DigestEntry[] => {
        const [first] = rows.sort((a, b) => leftOf(a, context) - leftOf(b, context))
        if (digestCase === undefined || first === undefined) return []
        return [{ case: digestCase, group, partitions: rows.length, worst: first.commit }]
      })
    })
    .sort((a, b) => leftOf({ commit: a.worst }, context) - leftOf({ commit: b.worst }, context))
}

/** @param isTold the group has an incident, whose message says more */
function caseOf(
  { case: policyCase, standing, level, commit, loss }: Assessment,
  since: number,
  isTold: boolean,
): DigestEntry['case'] | undefined {
  const isNews = (commit.gone?.latest ?? loss?.lostBy ?? 0) > since
  if (policyCase === 'topic-deleted' || policyCase === 'loss-stopped') return isNews ? policyCase : undefined
  if (standing === 'stopped' && level !== null && !isTold) return 'stopped'
  if (policyCase !== 'ignored' && (steppedBackAt(commit) ?? 0) > since) return 'moved-back'
  return policyCase === 'protected' ? 'protected' : undefined
}

const leftOf = ({ commit }: Pick<Assessment, 'commit'>, { now }: AssessmentContext): number =>
  timeLeft(commit, now) ?? Infinity

const saysOf = (entries: readonly DigestEntry[]): string =>
  createHash('sha256')
    .update(JSON.stringify(entries.map(saysOfEntry).sort()))
    .digest('hex')
    .slice(0, 16)

/** A second step back is news. */
const saysOfEntry = ({ case: digestCase, group, worst }: DigestEntry): string =>
  digestCase === 'moved-back' ? `${digestCase} ${group} ${steppedBackAt(worst)}` : `${digestCase} ${group}`
