import type { DigestEntry, DigestNotice } from '../../core/alerts/notice.ts'
import { iso } from '../../core/time.ts'
import { andOthers, atMost, count } from '../../text/count.ts'
import { statusCommand } from './command.ts'
import { describeDeadline, describeWhen } from './deadline.ts'
import { familyRows } from './family-rows.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { describePartitions } from './never-committed.ts'
import { describeOwner } from './owner.ts'
import { code, date, rows } from './text.ts'

/** The list of risks and losses that are not urgent. */
export function draftDigest(notice: DigestNotice, links: Links): Draft {
  const { cluster, takenAt, dueAt, every, entries, neverCommitted } = notice
  const groups = new Set([...entries, ...neverCommitted].map(({ group }) => group)).size
  const part = (digestCase: DigestEntry['case'], title: string) => {
    const selected = entries.filter(entry => entry.case === digestCase)
    return selected.length === 0
      ? ''
      : `${title}\n${familyRows(selected, entry => describeEntry(entry, notice), notice.now)}`
  }
  return {
    colour: 'grey',
    headline: `Digest of ${code(cluster)}: ${count(groups, 'group')}, nothing urgent.`,
    sections: [
      part('stopped', '*Stopped groups near their deadline:*'),
      part(
        'unread',
        '*Unread records that Kafka deletes soon.* The groups have stopped, have left the topic, or have `records: digest`.',
      ),
      part(
        'records-lost',
        '*Records that Kafka deleted unread.* The groups have stopped, have left the topic, or have `records: digest`.',
      ),
      part(
        'loss-stopped',
        '*Stopped groups that lost offsets since the last digest.* Before you start such a group, restore its offsets: `lookup` shows how.',
      ),
      part('topic-deleted', '*Offsets of topics that were deleted since the last digest:*'),
      part(
        'moved-back',
        '*Groups that went back to lower offsets while they had members, since the last digest.* A member went back with `seek()`, or the group lost its offsets between two snapshots and started over. `lookup --history` shows each step.',
      ),
      neverCommitted.length === 0
        ? ''
        : `*Partitions without any committed offset.* \`auto.offset.reset\` decides where the next start begins.\n${rows(
            neverCommitted.values().map(entry => describeNeverCommitted(entry, notice)),
            neverCommitted.length,
          )}`,
      part(
        'protected',
        '*Offsets that Kafka keeps only while the group has members.* Kafka deletes them soon after the last member leaves.',
      ),
      describeIgnored(notice),
      `*What to do:* Start the groups that you still need before their deadline, and add the others to \`ignore\`. ${more('groups-that-need-no-offsets', 'How to ignore a group', links)}\n${statusCommand(cluster)}`,
    ],
    footer: `${every === 'day' ? 'Daily' : 'Weekly'} digest · snapshot of ${date(takenAt)} · an unchanged digest is not posted again`,
    key: { cluster, digest: iso(dueAt) },
  }
}

function describeNeverCommitted(
  { owner, ...entry }: DigestNotice['neverCommitted'][number],
  { now }: DigestNotice,
): string {
  const which = `${code(entry.group, 60)}: ${describePartitions(entry)}`
  return [which, describeOwner({ owner, lastMember: null }, now)].filter(Boolean).join(' · ')
}

function describeEntry({ partitions, worst, case: digestCase }: DigestEntry, { now }: DigestNotice): string {
  const offsets = count(partitions, 'offset')
  switch (digestCase) {
    case 'stopped':
      return `Kafka may delete ${offsets} ${describeDeadline(worst, now)}`
    case 'loss-stopped':
    case 'topic-deleted':
      return `${offsets} of ${code(worst.topic, 60)}, last seen ${date(worst.previousCommit?.seenAt ?? worst.seenAt)}`
    case 'moved-back':
      return `${offsets}, such as ${code(worst.topic, 60)} ${worst.partition} from ${worst.previousCommit?.offset} back to ${worst.previousCommit?.resetTo}, after ${date(worst.previousCommit?.seenAt ?? worst.seenAt)}`
    case 'unread':
      return worst.unread
        ? `${atMost(worst.unread.atMost, 'record')} of ${code(worst.topic, 60)} ${worst.partition}${andOthers(partitions)}, which Kafka begins to delete ${describeWhen({ commit: worst, unread: worst.unread }, now)}`
        : offsets
    case 'records-lost':
      return `${atMost(worst.lostRecords?.atMost ?? 0n, 'record')} of ${code(worst.topic, 60)} ${worst.partition}${andOthers(partitions)}`
    case 'protected':
      return `${offsets} of ${code(worst.topic, 60)}`
  }
}

function describeIgnored({ ignored }: DigestNotice): string {
  const { groups, ending, idle } = ignored ?? { groups: 0, ending: [], idle: [] }
  const named = (
    rules: { pattern: string }[],
    describe: (rule: { pattern: string; until?: number | undefined }) => string,
  ) => {
    const others = rules.length > 5 ? ` and ${rules.length - 5} more` : ''
    return rules.slice(0, 5).map(describe).join(', ') + others
  }
  const parts = [
    groups > 0 && `${count(groups, 'group')}.`,
    ending.length > 0 &&
      `Rules that end this week: ${named(ending, ({ pattern, until = 0 }) => `${code(pattern, 60)} on ${date(until)}`)}.`,
    idle.length > 0 && `Rules that match no group: ${named(idle, ({ pattern }) => code(pattern, 60))}.`,
  ].filter(part => part !== false)
  return parts.length === 0 ? '' : `*Ignored:* ${parts.join(' ')}`
}
