import type { PartitionAtRisk, RecordsLostNotice, RecordsNotice } from '../../core/alerts/notice.ts'
import type { Commit } from '../../core/model/commit.ts'
import { atMost } from '../../text/count.ts'
import { footer, staleness } from './footer.ts'
import type { Colour, Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { ownerLine } from './owner.ts'
import { raiseRetention, recordsGuidance } from './records-guidance.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { code, date, duration, partitionsAtRisk, rows } from './text.ts'

/** Records that the group has not read and that Kafka deletes soon. */
export function draftRecords(notice: RecordsNotice, links: Links): Draft {
  const { cluster, incident, resolved, partitions, slot } = notice
  const [worst] = partitions
  const open = worst && !resolved
  return {
    colour: colourOf(notice),
    headline: recordsHeadline(notice),
    sections: [
      ownerLine(notice),
      partitionsAtRisk(partitions.map(row), resolved),
      open ? `*What to do first:* ${raiseRetention(worst, notice)}` : '',
      open ? `*Then:* ${recordsGuidance(notice, links)}` : '',
      open ? `*Why two times:* ${describeBounds(worst)}` : '',
      open ? staleness(worst.commit.seenAt, notice) : '',
    ],
    footer: footer(notice),
    key: { cluster, incident: incident.id, slot },
  }
}

function colourOf({ resolved, level, cause, partitions }: RecordsNotice): Colour {
  if (resolved) return 'grey'
  const mayStay = partitions[0]?.unread.latest === null
  return level === 'last' && cause !== 'stopped' && !mayStay ? 'red' : 'amber'
}

export function recordsHeadline(notice: RecordsNotice): string {
  const { cluster, incident, resolved, partitions, mention, cause, now } = notice
  const group = subjectOf({ cluster, incident })
  if (resolved) return closedHeadline({ cluster, incident }, resolved)

  const [worst] = partitions
  const total = partitions.reduce((sum, { unread }) => sum + unread.atMost, 0n)
  const call = mention ? 'Last call: ' : ''
  const stopped = cause === 'stopped' ? ', which has stopped,' : ''
  const which = partitions.length > 1 ? 'deletes the first of them' : 'begins to delete them'
  const records = `${call}${group}${stopped} has ${atMost(total, 'unread record')}`
  if (worst === undefined) return `${records} that Kafka may delete.`
  return `${records}, and Kafka ${which} ${describeWhen(worst, now)} (it deletes whole segments).`
}

/** Both ends of the interval, relative to now. */
export function describeWhen({ unread: { earliest, latest } }: PartitionAtRisk, now: number): string {
  const from = Math.max(0, (earliest ?? now) - now)
  if (latest === null) return `not before ${date(now + from)}, and perhaps never`
  const until = duration(Math.max(0, latest - now))
  return `between ${from === 0 ? 'now' : duration(from)} and ${until} from now`
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
  const { cluster, incident, resolved, commits } = notice
  return {
    colour: resolved ? 'grey' : 'red',
    headline: recordsLostHeadline(notice),
    sections: [
      ownerLine(notice),
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
    ],
    footer: footer(notice),
    key: { cluster, incident: incident.id, slot: 'parent' },
  }
}

export function recordsLostHeadline({
  cluster,
  incident,
  resolved,
  atMost: total,
  lastAt,
}: RecordsLostNotice): string {
  const group = subjectOf({ cluster, incident })
  const lost = `lost ${atMost(total, 'unread record')}`
  if (resolved) return `${closedHeadline({ cluster, incident }, resolved)} The group ${lost}.`
  return `${group} has ${lost}: Kafka deleted the last of them by ${date(lastAt)}.`
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
