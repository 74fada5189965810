import { styleText } from 'node:util'
import type { Commit } from '../core/model.ts'
import { type Assessment, timeLeft } from '../core/policy.ts'
import type { Status } from '../jobs/status.ts'
import { lagOf } from '../jobs/status-json.ts'
import { visible } from '../visible.ts'
import {
  costWords,
  deadlineWords,
  goneWords,
  leftWords,
  levelWord,
  type ViewContext,
} from './commit-words.ts'
import { aboutSnapshot, snapshotTitle } from './snapshot-view.ts'
import { table } from './table.ts'
import { count, date, name } from './words.ts'

/**
 * A line a group: by the nearest deadline, then what is gone or was reset, then what the snapshot says of itself.
 * @param ignored those that the settings say to ignore, in place of the others
 */
export function statusView({ head, groups }: Status, context: ViewContext, ignored: boolean): string {
  const order = (a: Assessment, b: Assessment) => urgency(a, context) - urgency(b, context)
  const linesOf = (isOne: (row: Assessment) => boolean) =>
    groups.flatMap(rows => lineOf(rows.filter(isOne).sort(order))).sort((a, b) => order(a.worst, b.worst))
  const left = linesOf(row => row.ignored !== null)
  const kept = linesOf(row => row.ignored === null && !isLost(row))
  const lost = linesOf(row => row.ignored === null && isLost(row))

  return [
    snapshotTitle(head, context.now),
    ignored && left.length > 0 && ignorances(left, context),
    kept.length > 0 && deadlines(kept, head.takenAt, context),
    lost.length > 0 && losses(lost, context),
    (ignored ? left : [...kept, ...lost]).length === 0 && 'Nothing to show.',
    aboutSnapshot(head),
    !ignored && left.length > 0 && `${count(left.length, 'group')} ignored by the settings: see --ignored.`,
  ]
    .filter(part => part !== false)
    .join('\n\n')
}

/** On a terminal that shows colours, unless NO_COLOR is set. */
const painted = (word: string): string => {
  if (word === 'last' || word === 'gone' || word === 'reset') return styleText('red', word)
  return word === 'second' || word === 'first' ? styleText('yellow', word) : word
}

/** A group by its worst partition. */
interface Line {
  worst: Assessment
  more: number
}

const lineOf = ([worst, ...others]: Assessment[]): Line[] => (worst ? [{ worst, more: others.length }] : [])

const isLost = ({ commit, case: policyCase }: Assessment) =>
  commit.gone !== null || policyCase === 'loss' || policyCase === 'loss-stopped'

/** By time left. An unknown one may be as near as the first level; a clock that stands still comes last. */
function urgency({ commit, levels, case: policyCase }: Assessment, { now, clockSkew }: ViewContext): number {
  if (policyCase === 'beyond-log-end') return Number.MIN_SAFE_INTEGER
  if (commit.deadline === null) return Number.MAX_SAFE_INTEGER
  return timeLeft(commit, now, clockSkew) ?? levels.first
}

const partition = ({ topic, partition }: Commit, more: number) =>
  `${name(topic)}-${partition}${more > 0 ? ` +${more}` : ''}`

const deadlines = (lines: Line[], takenAt: number, context: ViewContext) =>
  table(
    ['LEVEL', 'GROUP', 'KIND', 'PARTITION', 'TIME LEFT', 'DELETED (UTC)', 'LAG', 'IF LOST'],
    lines.map(({ worst, more }) => {
      const { commit, impact } = worst
      return [
        painted(levelWord(worst)),
        name(commit.group),
        commit.kind === 'simple' ? 'simple' : `${commit.kind}, ${commit.state}`,
        partition(commit, more),
        leftWords(worst, context),
        deadlineWords(worst, context) + staleness(commit, takenAt, context),
        commit.logEnd === null ? '' : lagOf(commit.offset, commit.logEnd).toLocaleString('en-US'),
        costWords(impact),
      ]
    }),
  )

/** A row that this snapshot could not read is as old as the one that last did. */
const staleness = ({ seenAt }: Commit, takenAt: number, { now }: ViewContext) =>
  seenAt < takenAt ? `; last seen ${date(seenAt, now)}` : ''

const ignorances = (lines: Line[], { now }: ViewContext) =>
  table(
    ['IGNORED', 'REASON', 'UNTIL'],
    lines.map(({ worst: { commit, ignored } }) => [
      name(commit.group),
      visible(ignored?.reason ?? ''),
      ignored?.until === undefined ? '' : date(ignored.until, now),
    ]),
  )

const losses = (lines: Line[], { now }: ViewContext) =>
  table(
    ['LOST', 'GROUP', 'PARTITION', 'OFFSET BEFORE', 'LAST SEEN (UTC)', 'WHAT HAPPENED (UTC)'],
    lines.map(({ worst: { commit, loss }, more }) => [
      painted(commit.gone ? 'gone' : 'reset'),
      name(commit.group),
      partition(commit, more),
      String(loss?.lost ?? commit.offset),
      date(loss?.lastSeenAt ?? commit.seenAt, now),
      commit.gone
        ? goneWords(commit.gone, now)
        : `committed again at ${commit.before?.resetTo}, now ${commit.offset}`,
    ]),
  )
