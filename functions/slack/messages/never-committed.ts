import type { NeverCommittedNotice } from '../../core/alerts/notice.ts'
import type { NeverCommitted } from '../../core/model/never-committed.ts'
import { count } from '../../text/count.ts'
import { footer } from './footer.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { ownerLine } from './owner.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { code, date, rows } from './text.ts'

/** Partitions that members own, but for which the group has never committed an offset. */
export function draftNeverCommitted(notice: NeverCommittedNotice, links: Links): Draft {
  const { cluster, incident, resolved, entries } = notice
  return {
    colour: resolved ? 'grey' : 'amber',
    headline: neverCommittedHeadline(notice),
    sections: [
      ownerLine(notice),
      entries.length > 0 ? `*Partitions:*\n${rows(entries.map(describePartitions), entries.length)}` : '',
      resolved
        ? ''
        : '*What it means:* Kafka has no position of the group in these partitions, so `auto.offset.reset` decides where the next start begins: `latest` skips the records until then, `earliest` reads all of them.',
      resolved
        ? ''
        : `*What to do:* Check that the consumer commits at all. If it commits only after its first record, let it also commit its position as soon as it has its partitions. ${more('a-partition-without-any-commit', 'How to do this, with code for each client', links)}`,
    ],
    footer: footer(notice),
    key: { cluster, incident: incident.id, slot: 'parent' },
  }
}

export function neverCommittedHeadline({
  cluster,
  incident,
  resolved,
  entries,
}: NeverCommittedNotice): string {
  const group = subjectOf({ cluster, incident })
  if (resolved) return closedHeadline({ cluster, incident }, resolved)
  const partitions = entries.reduce((sum, each) => sum + each.partitions.length, 0)
  return `${group} reads ${partitions === 0 ? 'partitions' : count(partitions, 'partition')} without any committed offset.`
}

/** The first partition of a topic, and the number of further ones. */
export function describePartitions({
  topic,
  partitions,
  since,
}: Pick<NeverCommitted, 'topic' | 'partitions' | 'since'>): string {
  const others = partitions.length > 1 ? ` and ${count(partitions.length - 1, 'other partition')}` : ''
  return `${code(topic, 60)} ${partitions[0]}${others}, since ${date(since)} or earlier`
}
