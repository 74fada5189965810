import { steppedBackAt } from '../evidence/loss.ts'
import { ownershipOf } from '../model/ownership.ts'
import { type Assessment, routeOf, timeLeft, unlessDefect } from '../policy.ts'
import type { AlertState, Digest } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import type { AssessedGroups } from './incidents.ts'
import { contentHash, digestKey } from './keys.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import type { DigestEntry } from './notice.ts'

const DAY = 24 * 60 * 60 * 1000

type DigestTime = Pick<AlertContext, 'now' | 'digestAt'>

/** The newest time of day at which a digest was due, ms since the epoch. */
const dueDigest = ({ now, digestAt }: DigestTime): number =>
  Math.floor((now - digestAt) / DAY) * DAY + digestAt

/** True if groups that are merely protected are needed: they are many, and are read once a day. */
export const wantsDigest = (state: AlertState, context: DigestTime): boolean =>
  (state.digestOf !== null && state.digestOf < dueDigest(context)) ||
  state.digests.some(digest => !isPosted(state, digest))

const isPosted = ({ messages }: AlertState, digest: Digest): boolean =>
  messages[digestKey(digest)]?.status === 'posted'

/** Once a day each channel gets a digest, unless it repeats the one before. */
export function withDigests(state: AlertState, groups: AssessedGroups, context: AlertContext): AlertState {
  const of = dueDigest(context)
  // A clock that was ahead made one of the day after tomorrow: the next ones must not wait for it.
  if (state.digestOf === null || state.digestOf > of + DAY) return { ...state, digestOf: of }
  if (state.digestOf >= of) return state

  const since = state.digestOf
  const channels = new Set([...groups.keys()].map(group => channelOf(group, context)))
  const digests = [...channels].flatMap((channel): Digest[] => {
    const entries = entriesOf(channel, since, state, groups, context)
    if (entries.length === 0) return []
    const hash = hashOf(entries, of)
    const before = state.digests.find(shown => shown.channel === channel)
    return [before?.hash === hash ? before : { channel, of, hash, since }]
  })
  return { ...state, digestOf: of, digests }
}

export function digestMessages(
  state: AlertState,
  digest: Digest,
  groups: AssessedGroups,
  context: AlertContext,
): AlertMessage[] {
  const { channel, of, hash, since } = digest
  if (isPosted(state, digest)) return []
  const entries = entriesOf(channel, since, state, groups, context)
  if (entries.length === 0) return []
  const route = routeOf(entries[0]?.group ?? '', context.policy) ?? null
  const { now, takenAt } = context
  const notice = { type: 'digest', cluster: state.cluster, takenAt, now, of, entries } as const
  return [alertMessage(digestKey(digest), hash, { isFinal: true, route, notice })]
}

const channelOf = (group: string, { policy }: AlertContext): string | null =>
  routeOf(group, policy)?.channel ?? null

/** Sorted by time left. */
function entriesOf(
  channel: string | null,
  since: number,
  { incidents }: AlertState,
  groups: AssessedGroups,
  context: AlertContext,
): DigestEntry[] {
  const left = (commit: DigestEntry['worst']) => timeLeft(commit, context.now) ?? Infinity
  const warned = new Set(
    incidents.filter(({ kind, closed }) => kind === 'deadline' && closed === null).map(({ group }) => group),
  )
  const entriesOfGroup = (group: string, assessments: readonly Assessment[]): DigestEntry[] => {
    const byCase = Map.groupBy(assessments, assessment => caseOf(assessment, since, warned.has(group)))
    return [...byCase].flatMap(([digestCase, rows]) => {
      const [worst] = rows.map(({ commit }) => commit).sort((a, b) => left(a) - left(b))
      return digestCase && worst
        ? [{ case: digestCase, group, partitions: rows.length, worst, ...ownershipOf(rows) }]
        : []
    })
  }
  return [...groups]
    .filter(([group]) => channelOf(group, context) === channel)
    .flatMap(
      ([group, assessments]) => unlessDefect(group, context, () => entriesOfGroup(group, assessments)) ?? [],
    )
    .sort((a, b) => left(a.worst) - left(b.worst))
}

/** @param isWarned the group has an open deadline, whose message says more */
function caseOf(
  { case: policyCase, standing, level, commit, loss }: Assessment,
  since: number,
  isWarned: boolean,
): DigestEntry['case'] | undefined {
  const isNews = (commit.gone?.latest ?? loss?.lostBy ?? 0) > since
  if (policyCase === 'topic-deleted' || policyCase === 'loss-stopped') return isNews ? policyCase : undefined
  if (standing === 'stopped' && level !== null && !isWarned) return 'stopped'
  if (policyCase !== 'ignored' && (steppedBackAt(commit) ?? 0) > since) return 'moved-back'
  return policyCase === 'protected' ? 'protected' : undefined
}

/** A digest repeats another one if it lists the same groups, and nothing that happened since. */
function hashOf(entries: readonly DigestEntry[], of: number): string {
  const isNews = entries.some(
    ({ case: digestCase }) => digestCase !== 'stopped' && digestCase !== 'protected',
  )
  const groups = entries.map(({ case: digestCase, group }) => `${digestCase} ${group}`).sort()
  return contentHash(JSON.stringify(isNews ? [...groups, of] : groups))
}
