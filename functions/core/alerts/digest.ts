import { unlessDefect } from '../defect.ts'
import { foundAt, steppedBackAt } from '../evidence/loss.ts'
import { matches } from '../glob.ts'
import type { Commit } from '../model/commit.ts'
import { ownershipOf } from '../model/ownership.ts'
import { newestAt } from '../model/zone.ts'
import { type Assessment, ignoreRuleOf, ownerOfGroup, routeOf, timeLeft } from '../policy.ts'
import { DAY, HOUR, WEEK } from '../time.ts'
import type { AlertState, Digest, Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import { atRiskOf } from './incident.ts'
import { type AssessedGroups, hasOwnMessage } from './incidents.ts'
import { contentHash, digestKey, incidentKeys, ownerOf } from './keys.ts'
import { lossKey, storedLoss } from './losses.ts'
import { type AlertMessage, alertMessage } from './message.ts'
import { isOpenNeverCommitted } from './never-committed.ts'
import type { DigestEntry, DigestNotice, IgnoredNotice } from './notice.ts'
import { isSilenced } from './silenced.ts'

/** The week in which summer time begins is an hour shorter. */
const SHORTEST_WEEK = WEEK - HOUR

type DigestTime = Pick<AlertContext, 'now' | 'digestAt' | 'digestZone'>

/** When the newest digest was due, ms since the epoch. */
const dueDigest = ({ now, digestAt, digestZone = 'UTC' }: DigestTime): number =>
  newestAt(digestZone, now, DAY, digestAt)

/**
 * True if this run has to assess merely protected groups, too. There are many such groups, so they are read only once a
 * day.
 */
export const wantsDigest = (state: AlertState, context: DigestTime): boolean =>
  (state.digestOf !== null && isNewDay(state, dueDigest(context))) ||
  state.digests.some(digest => !isPosted(state, digest))

const isPosted = ({ messages }: AlertState, digest: Pick<Digest, 'of' | 'channel'>): boolean =>
  messages[digestKey(digest)]?.status === 'posted'

/**
 * False if a digest of that day was posted before the clock was set back. Later events wait for the digest of the next
 * day.
 */
const isNewDay = ({ digestOf, messages }: AlertState, dueAt: number): boolean =>
  (digestOf ?? 0) < dueAt &&
  !Object.entries(messages).some(
    ([key, { status }]) =>
      status === 'posted' && ownerOf(key) === ownerOf(digestKey({ of: dueAt, channel: null })),
  )

/**
 * The default channel gets a digest once a day, a route's channel once a week. A digest that repeats the one before is
 * left out.
 */
export function withDigests(
  state: AlertState,
  groups: AssessedGroups,
  context: AlertContext & { finishedAt: number },
): AlertState {
  const dueAt = dueDigest(context)
  const { digestsSaw, ...rest } = state
  // A clock that was ahead has made digests for days in the future. The next digests must not wait for those days.
  if (state.digestOf === null || state.digestOf > dueAt + DAY)
    return { ...rest, digestOf: dueAt, digests: state.digests.filter(({ of }) => of <= dueAt) }
  if (!isNewDay(state, dueAt)) return state

  const toldUntil = digestsSaw ?? state.digestOf
  const saw = Math.max(context.finishedAt, digestsSaw ?? 0)
  const uncommitted = (context.neverCommitted ?? []).map(({ group }) => group)
  const routed = new Set(context.policy.routes.map(({ channel = null }) => channel))
  const { shown = [], ended = [] } = Object.groupBy(state.digests, ({ channel }) =>
    channel === null || routed.has(channel) ? 'shown' : 'ended',
  )
  const nextSince = (digest: Digest) => (isPosted(state, digest) ? (digest.saw ?? digest.of) : digest.since)
  // The other channels take over the news of channels that the settings no longer name.
  const endedSince = Math.min(...ended.map(nextSince))
  const takingOver = (digest: Digest): Digest => {
    const since = Math.min(nextSince(digest), endedSince)
    return { ...digest, ...(isPosted(state, digest) ? { saw: since } : { since }) }
  }
  const shownIn = new Map(shown.map(digest => [digest.channel, takingOver(digest)]))
  const named = [...groups.keys(), ...uncommitted].map(group => channelOf(group, context))
  const channels = new Set([...shownIn.keys(), ...named])
  const leftOut: DigestEntry[] = []
  const digests = [...channels].flatMap((channel): Digest[] => {
    const before = shownIn.get(channel)
    if (before && channel !== null && dueAt - before.of < SHORTEST_WEEK) return [before]
    const isDaily = channel === null && before && isPosted(state, before)
    const since = before && !isDaily ? nextSince(before) : Math.min(toldUntil, endedSince)
    const { entries, silenced } = entriesOf({ channel, since, saw }, state, groups, context)
    leftOut.push(...silenced.filter(entry => isLostCase(entry.case) || isNews(entry)))
    const neverCommitted = neverCommittedOf(channel, state, context)
    if (entries.length + neverCommitted.length === 0) return []
    const hash = hashOf(entries, neverCommitted, dueAt)
    return [before?.hash === hash ? before : { channel, of: dueAt, hash, since, saw }]
  })
  return { ...withLeftOut(state, leftOut, context), digestOf: dueAt, digestsSaw: saw, digests }
}

/** The message at the end of a silence names what the digests leave out. */
function withLeftOut(state: AlertState, entries: readonly DigestEntry[], context: AlertContext): AlertState {
  const silences = state.silences.map(silence => {
    const isCovered = ({ group }: DigestEntry) => isSilenced({ silences: [silence] }, group, context)
    const added = entries.filter(isCovered).map(entry => ({ group: entry.group, case: entry.case }))
    const all = [...silence.leftOut, ...added]
    const byKey = new Map(all.map(entry => [`${entry.case} ${entry.group}`, entry]))
    return { ...silence, leftOut: [...byKey.values()] }
  })
  return { ...state, silences }
}

export function digestMessages(
  state: AlertState,
  digest: Digest,
  groups: AssessedGroups,
  context: AlertContext,
): AlertMessage[] {
  const { channel, of: dueAt, hash } = digest
  if (isPosted(state, digest)) return []
  const { entries } = entriesOf(digest, state, groups, context)
  const neverCommitted = neverCommittedOf(channel, state, context)
  const [first] = [...entries, ...neverCommitted]
  if (first === undefined) return []
  const route = routeOf(first.group, context.policy)
  const { now, takenAt } = context
  const { cluster } = state
  const ignored = channel === null ? ignoredOf(groups, context) : null
  const every = channel === null ? 'day' : 'week'
  const facts = { cluster, takenAt, now, dueAt, every, entries, neverCommitted, ignored } as const
  return [
    alertMessage(digestKey(digest), hash, { isFinal: true, route, notice: { type: 'digest', ...facts } }),
  ]
}

const channelOf = (group: string, { policy }: Pick<AlertContext, 'policy'>): string | null =>
  routeOf(group, policy)?.channel ?? null

function neverCommittedOf(
  channel: string | null,
  state: AlertState,
  context: AlertContext,
): DigestNotice['neverCommitted'] {
  const { neverCommitted = [], now, policy } = context
  const hasMessage = new Set(state.incidents.filter(isOpenNeverCommitted).map(({ group }) => group))
  return neverCommitted
    .filter(
      ({ group }) =>
        channelOf(group, context) === channel &&
        !isSilenced(state, group, context) &&
        ignoreRuleOf(group, policy, now) === null &&
        !hasMessage.has(group),
    )
    .map(entry => ({ ...entry, owner: ownerOfGroup(entry.group, policy) }))
}

/** Sorted by time left. `silenced` are the entries of silenced groups. */
function entriesOf(
  { channel, ...period }: Pick<Digest, 'channel' | 'since' | 'saw'>,
  state: AlertState,
  groups: AssessedGroups,
  context: AlertContext,
): { entries: DigestEntry[]; silenced: DigestEntry[] } {
  const { now } = context
  const incidentsOf = Map.groupBy(state.incidents, ({ group }) => group)
  const entriesOfGroup = (group: string, assessments: readonly Assessment[]): DigestEntry[] => {
    const incidents = incidentsOf.get(group) ?? []
    const open = incidents.filter(({ closed }) => closed === null)
    const told = (assessment: Assessment) => incidents.some(incident => reports(incident, assessment, state))
    const byCase = Map.groupBy(
      assessments.flatMap(assessment => [
        { digestCase: caseOf(assessment, period, open, told, context), assessment },
        { digestCase: recordsCaseOf(assessment, period, open), assessment },
      ]),
      ({ digestCase }) => digestCase,
    )
    return [...byCase].flatMap(([digestCase, rows]) => {
      const [worst] = rows
        .map(({ assessment }) => assessment.commit)
        .sort((a, b) => leftOf(digestCase, a, now) - leftOf(digestCase, b, now))
      return digestCase && worst
        ? [
            {
              case: digestCase,
              group,
              partitions: rows.length,
              worst,
              ...ownershipOf(rows.map(({ assessment }) => assessment)),
            },
          ]
        : []
    })
  }
  const all = [...groups]
    .filter(([group]) => channelOf(group, context) === channel)
    .flatMap(
      ([group, assessments]) => unlessDefect(group, context, () => entriesOfGroup(group, assessments)) ?? [],
    )
    .sort((a, b) => leftOf(a.case, a.worst, now) - leftOf(b.case, b.worst, now))
  const { entries = [], silenced = [] } = Object.groupBy(all, ({ group }) =>
    isSilenced(state, group, context) ? 'silenced' : 'entries',
  )
  return { entries, silenced }
}

/** ms until Kafka may delete the offset or the records of the case. */
function leftOf(digestCase: DigestEntry['case'] | undefined, commit: Commit, now: number): number {
  if (digestCase === 'unread') return (commit.unread?.earliest ?? Infinity) - now
  return timeLeft(commit, now) ?? Infinity
}

/** True if a message about the incident reports this loss. A summary names only the most urgent of its groups. */
function reports(incident: Incident, assessment: Assessment, { messages }: AlertState): boolean {
  const { id, kind, losses, lostBefore, closed, summary } = incident
  const loss = storedLoss(assessment)
  if (kind === 'loss') return losses.some(other => lossKey(other) === lossKey(loss))
  const isItsEnd = kind === 'deadline' && closed?.why === 'lost' && loss.seenAt <= closed.at
  return (
    isItsEnd &&
    loss.seenAt > lostBefore &&
    [id, summary?.id ?? id].some(id => messages[incidentKeys(id).parent]?.status === 'posted')
  )
}

type Period = Pick<Digest, 'since' | 'saw'>

/**
 * @param open the group's open incidents; their messages say more than the digest
 * @param isTold true if the message of an incident already reports the loss
 */
function caseOf(
  assessment: Assessment,
  { since, saw = Infinity }: Period,
  open: readonly Incident[],
  isTold: (assessment: Assessment) => boolean,
  { clockSkew }: Pick<AlertContext, 'clockSkew'>,
): DigestEntry['case'] | undefined {
  const { case: policyCase, standing, level, commit } = assessment
  const found = foundAt(commit, clockSkew)
  const isNews = since < found && found <= saw
  if (policyCase === 'topic-deleted') return isNews ? policyCase : undefined
  // A weekly digest may report a loss that was settled meanwhile.
  if (policyCase === 'loss-stopped' || policyCase === 'loss-settled')
    return isNews && !isTold(assessment) ? 'loss-stopped' : undefined
  const isWarned = open.some(({ kind }) => kind === 'deadline')
  if (standing === 'stopped' && level !== null && !isWarned && !hasOwnMessage(assessment)) return 'stopped'
  const hasMoved = policyCase !== 'ignored' && steppedBackAt(commit) !== null
  if (hasMoved && isNews && !isTold(assessment)) return 'moved-back'
  return policyCase === 'protected' ? 'protected' : undefined
}

/** A group that keeps losing records stays in the list, but is no reason to post the digest every day. */
function recordsCaseOf(
  { records, commit }: Assessment,
  { since }: Period,
  open: readonly Incident[],
): DigestEntry['case'] | undefined {
  if (open.some(incident => atRiskOf(incident) === 'records')) return undefined
  if (records.loss === 'digest' && (commit.lostRecords?.lastAt ?? 0) > since) return 'records-lost'
  return records.risk === 'digest' ? 'unread' : undefined
}

/** Cases that may repeat from day to day. All others are news. */
const lasting: readonly DigestEntry['case'][] = ['stopped', 'unread', 'records-lost', 'protected']

const isNews = (entry: DigestEntry): boolean => !lasting.includes(entry.case)

/** True for a case of lost offsets or lost records. */
export const isLostCase = (digestCase: string): boolean =>
  digestCase === 'loss-stopped' || digestCase === 'records-lost'

/** Two digests have the same hash if they list the same groups and no news. */
function hashOf(
  entries: readonly DigestEntry[],
  neverCommitted: DigestNotice['neverCommitted'],
  dueAt: number,
): string {
  const groups = [
    ...entries.map(({ case: digestCase, group }) => `${digestCase} ${group}`),
    ...neverCommitted.map(({ group, topic }) => `never-committed ${group} ${topic}`),
  ].sort()
  return contentHash(JSON.stringify(entries.some(isNews) ? [...groups, dueAt] : groups))
}

/** `groups` includes every group that an ignore rule matches. */
function ignoredOf(groups: AssessedGroups, { policy, now }: AlertContext): IgnoredNotice {
  const ignored = [...groups].flatMap(([group, assessments]) =>
    assessments.some(assessment => assessment.ignored && assessment.commit.gone === null) ? [group] : [],
  )
  const rules = policy.ignore.filter(({ until = Infinity }) => now < until)
  return {
    groups: ignored.length,
    ending: rules.filter(({ until = Infinity }) => until - now <= WEEK),
    // A default rule may match nothing: it is for tools that may never have run here.
    idle: rules.filter(
      ({ pattern, reason }) =>
        !reason.startsWith('by default: ') && !ignored.some(group => matches(pattern, group)),
    ),
  }
}
