import type { Commit } from '../../core/model/commit.ts'
import type { HistoryEvent } from '../../core/recovery/group-history.ts'
import type { History } from '../../jobs/look-back.ts'
import type { LookUpResult } from '../../jobs/look-up.ts'
import { atMost, count } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { goneReasons } from './commit.ts'
import { dates, name, span } from './format.ts'
import { snapshotTitle } from './snapshot.ts'
import { table } from './table.ts'

/** The last commit of each partition, and the events of the offsets, oldest first. */
export function historyView(
  found: LookUpResult,
  { events, readings, snapshots, every, complete, predecessor }: History,
  now: number,
): string {
  const { head, group, kind, state, offsets } = found
  const commits = offsets.map(({ commit }) => [
    name(commit.topic),
    String(commit.partition),
    commit.gone ? '–' : String(commit.offset),
    formatCommitted(commit, now),
  ])
  return [
    snapshotTitle(head, now),
    `${name(group)} · ${kind === 'simple' ? 'simple' : `${kind}, ${state}`}`,
    table(['TOPIC', 'PARTITION', 'OFFSET', 'LAST COMMIT (UTC)'], commits),
    events.length > 0
      ? table(
          ['WHEN (UTC)', 'TOPIC', 'PARTITION', 'WHAT'],
          gathered(events).map(row => cells(row, now)),
        )
      : 'No event of these offsets is known.',
    [
      resolution(readings.length, snapshots, every),
      ...(complete ? [] : ['The history is longer than these two weeks: --since shows more.']),
      ...(predecessor === null
        ? []
        : [
            `Before that, another cluster had this name, with the id ${visible(predecessor)}: --at shows its offsets.`,
          ]),
    ].join(' '),
  ].join('\n\n')
}

export const resolution = (read: number, all: number, every: number): string =>
  every === 0
    ? `Read ${read} of ${count(all, 'snapshot')}: every snapshot that shows a change.`
    : `Read ${read} of ${count(all, 'snapshot')}: moves are shown at most ${span(every)} apart, losses and resets are exact. ` +
      '--every shows more moves.'

/** A bound is labelled as one. */
function formatCommitted({ committed: { earliest, latest }, seenAt }: Commit, now: number): string {
  if (earliest === latest) return dates(latest, latest, now)
  // The commit was seen at `seenAt`. A later bound only allows for the difference of the clocks.
  const until = Math.min(latest, seenAt)
  return earliest === null ? `not after ${dates(until, until, now)}` : dates(earliest, until, now)
}

interface Row {
  event: HistoryEvent
  /** Number of the topic's partitions that moved on together and share this line. */
  alike: number
  records: bigint
}

const mostMoves = 3

/** Each loss has a line. Many partitions that moved on between the same two readings share a line. */
function gathered(events: readonly HistoryEvent[]): Row[] {
  const byMove = Map.groupBy(events, event =>
    event.kind === 'moved' && event.offset > event.from ? `${event.by} ${event.topic}` : event,
  )
  return [...byMove.values()].flatMap(moves => {
    const [first] = moves
    const records = moves.reduce((sum, event) => sum + ('from' in event ? event.offset - event.from : 0n), 0n)
    if (first && moves.length > mostMoves) return [{ event: first, alike: moves.length, records }]
    return moves.map(event => ({ event, alike: 1, records: 0n }))
  })
}

const cells = ({ event, alike, records }: Row, now: number): string[] => [
  dates(event.after ?? event.by, event.by, now),
  name(event.topic),
  alike === 1 ? String(event.partition) : count(alike, 'partition'),
  alike === 1 ? formatEvent(event) : `moved on by ${atMost(records, 'record')} together`,
]

export function formatEvent(event: HistoryEvent): string {
  switch (event.kind) {
    case 'first-seen':
      return `${event.offset}: seen for the first time`
    case 'moved': {
      const by = event.offset - event.from
      const way = by > 0n ? 'on' : 'back'
      return `${event.from} → ${event.offset}: moved ${way} by ${atMost(by > 0n ? by : -by, 'record')}`
    }
    case 'gone':
      return `${event.offset} is gone: ${goneReasons[event.reason]}`
    case 'reset':
      return `${event.from} → ${event.offset}: was lost (${goneReasons[event.reason]}), and committed again`
  }
}
