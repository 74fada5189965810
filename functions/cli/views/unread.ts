import type { Commit } from '../../core/model/commit.ts'
import type { RecordsEvidence, UnreadRecords } from '../../core/model/unread-records.ts'
import { andOthers, atMost } from '../../text/count.ts'
import { date, name, span } from './format.ts'

/**
 * Why the deletion time of unread records is unknown. Records without a time-based retention, or that may not exist,
 * get no sentence.
 */
const reasons: Partial<Record<RecordsEvidence, string>> = {
  size: 'retention.bytes may delete them at any time',
  tiered: 'the topic keeps records in remote storage',
  'not-authorized': 'the watchdog may not read the settings of the topic',
  unknown: 'the topic or its leader did not report it',
}

interface UnreadRow {
  commit: Commit
  unread: UnreadRecords
}

/**
 * Sentences on the unread records of one group: the partition whose records Kafka deletes first, and what is unknown.
 */
export function unreadSentences(commits: readonly Commit[], now: number): string[] {
  const rows = commits.flatMap(commit =>
    commit.gone === null && commit.unread ? [{ commit, unread: commit.unread }] : [],
  )
  return [...Map.groupBy(rows, ({ unread }) => unread.evidence)].flatMap(([evidence, alike]) => {
    const [first] = alike.toSorted((a, b) => (a.unread.earliest ?? 0) - (b.unread.earliest ?? 0))
    const reason = reasons[evidence]
    if (first === undefined) return []
    const has = `${name(first.commit.group)} has ${formatRecords(alike, first)}`
    if (reason !== undefined) return [`${has}; the time of their deletion is not known: ${reason}.`]
    return evidence === 'bounded' ? [`${has}; ${formatDeletion(first.unread, alike.length, now)}.`] : []
  })
}

function formatRecords(rows: readonly UnreadRow[], { commit }: UnreadRow): string {
  const total = rows.reduce((sum, { unread }) => sum + unread.atMost, 0n)
  return `${atMost(total, 'unread record')} of ${name(commit.topic)}-${commit.partition}${andOthers(rows.length)}`
}

function formatDeletion({ earliest, latest }: UnreadRecords, partitions: number, now: number): string {
  const which = partitions > 1 ? 'Kafka deletes the first of them' : 'Kafka begins to delete them'
  const from = Math.max(0, (earliest ?? 0) - now)
  if (latest === null) return `${which} not before ${date(now + from, now)}`
  const between = `between ${from === 0 ? 'now' : span(from)} and ${span(Math.max(0, latest - now))} from now`
  return `${which} ${between} (it deletes whole segments)`
}

/** A sentence on records that Kafka deleted before the group had read them. */
export function lostSentences(commits: readonly Commit[], now: number): string[] {
  const rows = commits.flatMap(commit =>
    commit.gone === null && commit.lostRecords ? [{ commit, lost: commit.lostRecords }] : [],
  )
  const [worst] = rows.toSorted((a, b) => Number(b.lost.atMost - a.lost.atMost))
  if (worst === undefined) return []
  const total = rows.reduce((sum, { lost }) => sum + lost.atMost, 0n)
  const last = rows.reduce((latest, { lost }) => Math.max(latest, lost.lastAt), 0)
  const { group, topic, partition } = worst.commit
  return [
    `${name(group)} has lost ${atMost(total, 'record')} of ${name(topic)}-${partition}${andOthers(rows.length)}: Kafka deleted them before the group read them, the last by ${date(last, now)}.`,
  ]
}
