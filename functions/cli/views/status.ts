import { styleText } from 'node:util'
import { lagOf } from '../../contracts/status.ts'
import type { Silence } from '../../core/alerts/alert-state.ts'
import { MOST_NEVER_COMMITTED } from '../../core/evidence/never-committed.ts'
import { compareCosts, type Impact, isOutOfLog } from '../../core/impact.ts'
import type { Commit } from '../../core/model/commit.ts'
import { ownershipOf } from '../../core/model/ownership.ts'
import { type Assessment, timeLeft } from '../../core/policy.ts'
import { MINUTE } from '../../core/time.ts'
import type { Status, StoredStatus } from '../../jobs/status.ts'
import { count } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { formatDeadline, formatGone, formatImpact, formatLevel, formatTimeLeft } from './commit.ts'
import { beginning, date, name, span, upTo } from './format.ts'
import { neverCommittedView } from './never-committed.ts'
import { formatOwner } from './owner.ts'
import { aboutSnapshot, snapshotTitle } from './snapshot.ts'
import { table } from './table.ts'
import { lostSentences, unreadSentences } from './unread.ts'

/**
 * One line for each group: deadlines by time left, then lost offsets, then notes on the snapshot.
 * @param ignored show the groups that the settings ignore, and no others
 * @param store the store's name, if several stores are shown
 */
export function statusView(
  { head, groups, neverCommitted, silences }: Omit<StoredStatus, 'store'>,
  now: number,
  ignored: boolean,
  store?: string,
): string {
  const linesOf = (isOne: (row: Assessment) => boolean) =>
    groups
      .flatMap(rows => lineOf(rows.filter(isOne).sort((a, b) => compare(a, b, now))))
      .sort((a, b) => urgency(a.worst, now) - urgency(b.worst, now))
  const left = linesOf(row => row.ignored !== null)
  const kept = linesOf(row => row.ignored === null && !isLost(row))
  const lost = linesOf(row => row.ignored === null && isLost(row))
  const more = [...kept, ...lost].find(line => line.more > 0)?.more

  return [
    snapshotTitle(head, now) + (store === undefined ? '' : ` · in ${visible(store)}`),
    ignored && left.length > 0 && ignorances(left, now),
    kept.length > 0 && deadlines(kept, head.takenAt, now),
    lost.length > 0 && losses(lost, now),
    !ignored && recordsView(groups, now),
    neverCommitted.length > 0 && neverCommittedView(neverCommitted, now),
    neverCommitted.length > 0 &&
      head.neverCommitted.length >= MOST_NEVER_COMMITTED &&
      'There may be more such partitions: a snapshot keeps at most 1,000 entries of them.',
    more !== undefined &&
      `Each line shows the partition of a group that expires first, or the costliest of several. "+${more}" counts the others; --json lists them.`,
    (ignored ? left : [...kept, ...lost, ...neverCommitted]).length === 0 && 'Nothing to show.',
    !ignored && silences.length > 0 && silencesView(silences, now),
    aboutSnapshot(head),
    !ignored && left.length > 0 && `${count(left.length, 'group')} ignored by the settings: see --ignored.`,
  ]
    .filter(part => part !== false)
    .join('\n\n')
}

const silencesView = (silences: readonly Silence[], now: number) =>
  table(
    ['SILENT EXCEPT LOSSES', 'UNTIL (UTC)', 'REASON', 'BY'],
    silences.map(({ pattern, until, reason, by }) => [
      name(pattern),
      date(until, now),
      beginning(reason),
      by === null ? 'the settings' : name(by),
    ]),
  )

/** Groups that lose unread records soon, or have lost some. */
function recordsView(groups: readonly Assessment[][], now: number): string | false {
  const told = groups.map(rows => rows.filter(({ ignored }) => ignored === null))
  const soon = told.flatMap(rows =>
    unreadSentences(
      rows.filter(({ records }) => records.level !== null).map(({ commit }) => commit),
      now,
    ),
  )
  const lost = told.flatMap(rows =>
    lostSentences(
      rows.map(({ commit }) => commit),
      now,
    ),
  )
  return soon.length + lost.length > 0 && [...soon, ...lost].join('\n')
}

/** A table with owners or last members in its last column, if any are known. */
function ownedTable(headings: string[], lines: readonly StatusLine[], now: number, rows: string[][]): string {
  const owners = lines.map(({ worst }) => formatOwner(ownershipOf([worst]), now)[0] ?? '')
  if (owners.every(owner => owner === '')) return table(headings, rows)
  return table(
    [...headings, 'OWNER'],
    rows.map((row, i) => [...row, owners[i] ?? '']),
  )
}

/** Colours the word, if the terminal has colours and NO_COLOR is not set. */
const painted = (word: string): string => {
  if (['last', 'gone', 'reset', 'beyond log'].includes(word)) return styleText('red', word)
  return ['second', 'first', 'below log'].includes(word) ? styleText('yellow', word) : word
}

/** A group by its worst partition. */
interface StatusLine {
  worst: Assessment
  more: number
}

const lineOf = ([worst, ...others]: Assessment[]): StatusLine[] =>
  worst ? [{ worst, more: others.length }] : []

const isLost = ({ commit, case: policyCase }: Assessment) =>
  commit.gone !== null || policyCase === 'loss' || policyCase === 'loss-stopped'

/** ms. Deadlines within this time count as equal, since offsets that were committed together expire together. */
const TOGETHER = MINUTE

/** Sorts the partitions of one group: deadlines by time left, equal deadlines by cost, losses by cost, descending. */
function compare(a: Assessment, b: Assessment, now: number): number {
  const soon = (row: Assessment) => (isLost(row) ? 0 : Math.floor(urgency(row, now) / TOGETHER))
  return soon(a) - soon(b) || compareCosts(costOf(a), costOf(b))
}

/** A deleted topic has nothing more to lose. */
const costOf = (row: Assessment): Impact => (isLost(row) ? (row.lostImpact ?? { kind: 'none' }) : row.impact)

/**
 * Sort key: time left, in ms. Offsets without a deadline come last. An unknown age counts as the first level. An offset
 * outside the log counts as the first level, too, since the next start resets its consumer. An offset beyond the log's
 * end, in a group in use, comes first.
 */
function urgency({ commit, levels, impact, case: policyCase }: Assessment, now: number): number {
  if (policyCase === 'beyond-log-end') return Number.MIN_SAFE_INTEGER
  const left = timeLeft(commit, now) ?? (commit.deadline ? levels.first : Number.MAX_SAFE_INTEGER)
  return isOutOfLog(impact) ? Math.min(left, levels.first) : left
}

const partition = ({ topic, partition }: Commit, more: number) =>
  `${name(topic)}-${partition}${more > 0 ? ` +${more}` : ''}`

const deadlines = (lines: StatusLine[], takenAt: number, now: number) =>
  ownedTable(
    ['LEVEL', 'GROUP', 'KIND', 'PARTITION', 'TIME LEFT', 'DEADLINE (UTC)', 'LAG', 'IF LOST'],
    lines,
    now,
    lines.map(({ worst, more }) => {
      const { commit, impact } = worst
      return [
        painted(formatLevel(worst)),
        name(commit.group),
        commit.kind === 'simple' ? 'simple' : `${commit.kind}, ${commit.state}`,
        partition(commit, more),
        formatTimeLeft(worst, now),
        formatDeadline(worst, now) + staleness(commit, takenAt, now),
        commit.logEnd === null ? '' : upTo(lagOf(commit.offset, commit.logEnd)),
        formatImpact(impact),
      ]
    }),
  )

/** A row that this snapshot could not read comes from an older one. */
const staleness = ({ seenAt }: Commit, takenAt: number, now: number) =>
  seenAt < takenAt ? `; last seen ${date(seenAt, now)}` : ''

const ignorances = (lines: StatusLine[], now: number) =>
  table(
    ['IGNORED', 'REASON', 'UNTIL'],
    lines.map(({ worst: { commit, ignored } }) => [
      name(commit.group),
      visible(ignored?.reason ?? ''),
      ignored?.until === undefined ? '' : date(ignored.until, now),
    ]),
  )

const losses = (lines: StatusLine[], now: number) =>
  ownedTable(
    ['LOST', 'GROUP', 'PARTITION', 'OFFSET BEFORE', 'LAST SEEN (UTC)', 'WHAT HAPPENED (UTC)'],
    lines,
    now,
    lines.map(({ worst: { commit, loss }, more }) => [
      painted(commit.gone ? 'gone' : 'reset'),
      name(commit.group),
      partition(commit, more),
      String(loss?.lost ?? commit.offset),
      date(loss?.lastSeenAt ?? commit.seenAt, now),
      commit.gone
        ? formatGone(commit.gone, now)
        : `committed again at ${commit.previousCommit?.resetTo}, now ${commit.offset}`,
    ]),
  )

/**
 * The reason for exit code 3 of `--check`.
 * @param maxAge ms
 */
export function tooOldSentence({ head: { cluster, takenAt } }: Status, now: number, maxAge: number): string {
  return takenAt > now
    ? `the newest snapshot of cluster "${cluster}" is ${span(takenAt - now)} ahead of this clock: correct the clock.`
    : `the newest snapshot of cluster "${cluster}" is ${span(now - takenAt)} old, more than ${span(maxAge)}: ` +
        'find out why no newer one was taken, or raise --max-age.'
}
