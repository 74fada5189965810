import type { NeverCommittedNotice } from '../../core/alerts/notice.ts'
import type { NeverCommitted } from '../../core/model/never-committed.ts'
import { andOthers } from '../../text/count.ts'
import { incidentDraft } from './incident.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { code, date, rows } from './text.ts'

/** Partitions that members own, but for which the group has never committed an offset. */
export const draftNeverCommitted = (notice: NeverCommittedNotice, links: Links): Draft =>
  incidentDraft(notice, 'amber', [
    notice.entries.length > 0
      ? `*Partitions:*\n${rows(notice.entries.map(describePartitions), notice.entries.length)}`
      : '',
    notice.resolved
      ? ''
      : '*What it means:* Kafka has no position of the group in these partitions, so `auto.offset.reset` decides where the next start begins: `latest` skips the records until then, `earliest` reads all of them.',
    notice.resolved
      ? ''
      : `*What to do:* Check that the consumer commits at all. If it commits only after its first record, let it also commit its position as soon as it has its partitions. ${more('a-partition-without-any-commit', 'How to do this, with code for each client', links)}`,
  ])

/** The first partition of a topic, and the number of further ones. */
export function describePartitions({
  topic,
  partitions,
  since,
}: Pick<NeverCommitted, 'topic' | 'partitions' | 'since'>): string {
  return `${code(topic, 60)} ${partitions[0]}${andOthers(partitions.length)}, since ${date(since)} or earlier`
}
