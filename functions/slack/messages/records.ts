import type { PartitionAtRisk, RecordsLostNotice, RecordsNotice } from '../../core/alerts/notice.ts'
import type { Commit } from '../../core/model/commit.ts'
import { atMost } from '../../text/count.ts'
import { staleness } from './footer.ts'
import { incidentDraft } from './incident.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { raiseRetention, recordsGuidance } from './records-guidance.ts'
import { code, date, duration, partitionsAtRisk, rows } from './text.ts'

/** Records that the group has not read and that Kafka deletes soon. */
export function draftRecords(notice: RecordsNotice, links: Links): Draft {
  const { resolved, partitions, level, cause } = notice
  const [worst] = partitions
  const open = worst && !resolved
  const mayStay = worst?.unread.latest === null
  const isUrgent = level === 'last' && cause !== 'stopped' && !mayStay
  return incidentDraft(notice, isUrgent ? 'red' : 'amber', [
    partitionsAtRisk(partitions.map(row), resolved),
    open ? `*What to do first:* ${raiseRetention(worst, notice)}` : '',
    open ? `*Then:* ${recordsGuidance(notice, links)}` : '',
    open ? `*Why two times:* ${describeBounds(worst)}` : '',
    open ? staleness(worst.commit.seenAt, notice) : '',
  ])
}

function describeBounds({ unread: { earliest, latest, retention } }: PartitionAtRisk): string {
  const kept = retention === null ? 'its retention' : duration(retention)
  const first = `Kafka keeps each record of the topic for ${kept} (\`retention.ms\`), so it deletes none of these records before ${date(earliest ?? 0)}.`
  const whole = `Kafka deletes a whole segment at once, when its newest record is older than ${kept}`
  return latest === null
    ? `${first} ${whole}. Timestamps do not show that moment here.`
    : `${first} ${whole}. That happens to the first of these segments by ${date(latest)}.`
}

function row({ commit, unread: { atMost: unread, earliest, latest } }: PartitionAtRisk): string {
  return [
    `${code(commit.topic, 60)} ${commit.partition}: offset ${commit.offset}`,
    atMost(unread, 'unread record'),
    latest === null
      ? `deletion begins not before ${date(earliest ?? 0)}`
      : `deletion begins between ${date(earliest ?? 0)} and ${date(latest)}`,
  ].join(' · ')
}

/** Records that Kafka deleted before the group read them. */
export function draftRecordsLost(notice: RecordsLostNotice, links: Links): Draft {
  const { resolved, commits } = notice
  return incidentDraft(notice, 'red', [
    commits.length > 0
      ? `*Partitions, worst first:*\n${rows(commits.values().map(lostRow), commits.length)}`
      : '',
    resolved
      ? ''
      : '*What it means:* These records are gone, and nobody can restore them from Kafka. If a consumer fetches one of them, `auto.offset.reset` decides where it continues: `earliest` at the oldest record that is left, `latest` after all records that are there now.',
    resolved
      ? ''
      : `*What to do:* Check that the consumer is running, and make it faster than the topic’s producers. Raise \`retention.ms\` of the topic until the group has caught up. ${more('records-that-were-deleted-unread', 'How to do this, and where to get the records', links)}`,
    resolved || commits[0] === undefined ? '' : staleness(commits[0].seenAt, notice),
  ])
}

const lostRow = ({ topic, partition, offset, logStart, lostRecords }: Commit): string =>
  [
    `${code(topic, 60)} ${partition}: ${atMost(lostRecords?.atMost ?? 0n, 'record')}`,
    logStart !== null &&
      (offset < logStart
        ? `offset ${offset} is below the log start ${logStart}`
        : `now at offset ${offset}, with the log start at ${logStart}`),
  ]
    .filter(Boolean)
    .join(' · ')
