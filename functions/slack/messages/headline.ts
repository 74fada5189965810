import type {
  ExpiringNotice,
  IncidentNotice,
  LossNotice,
  LostCommit,
  NeverCommittedNotice,
  RecordsNotice,
} from '../../core/alerts/notice.ts'
import { atMost, count } from '../../text/count.ts'
import { describeDeadline, describeWhen } from './deadline.ts'
import { closedHeadline, subjectOf } from './resolution.ts'
import { date } from './text.ts'

/** The state of an incident, in one sentence. */
export function headlineOf(notice: IncidentNotice): string {
  const lost = notice.type === 'records-lost' ? `lost ${atMost(notice.atMost, 'unread record')}` : ''
  if (notice.resolved) return closedHeadline(notice) + (lost && ` The group ${lost}.`)

  const group = subjectOf(notice)
  switch (notice.type) {
    case 'expiring':
      return expiring(group, notice)
    case 'loss':
      return loss(group, notice)
    case 'records':
      return unread(group, notice)
    case 'records-lost':
      return `${group} has ${lost}: Kafka deleted the last of them by ${date(notice.lastAt)}.`
    case 'never-committed':
      return neverCommitted(group, notice)
  }
}

function expiring(group: string, notice: ExpiringNotice): string {
  const { cause, level, harmless, commits, mention, now } = notice
  const offsets = count(commits.length, 'committed offset')
  const when = commits[0] ? describeDeadline(commits[0].commit, now) : 'at an unknown time'
  if (cause === 'beyond-log-end') {
    const beyond = commits.filter(({ impact }) => impact.kind === 'beyond-log-end').length
    const reset = `${group} has ${count(beyond, 'committed offset')} beyond the end of the log, so the next start resets the group.`
    return level === null
      ? reset
      : `${reset} Kafka may delete ${beyond === 1 ? 'that offset' : 'those offsets'} ${when}.`
  }
  if (harmless) return `${group} may lose ${offsets} ${when}, but no records, because the log is empty there.`

  const call = mention ? 'Last call: ' : ''
  const stopped = cause === 'stopped' && commits[0]?.commit.state === 'Empty' ? ', which has stopped,' : ''
  return `${call}${group}${stopped} may lose ${offsets} ${when}.`
}

function loss(group: string, { commits }: LossNotice): string {
  const offsets = count(commits.length, 'committed offset')
  if (commits.every(isStepBack)) return `${group} has moved back from ${offsets} while it had members.`

  const again = commits.filter(({ outcome }) => outcome.kind !== 'gone').length
  const lost = `${group} has lost ${offsets}`
  if (again === 0) return `${lost}.`
  return again === commits.length
    ? `${lost}, and has committed again since.`
    : `${lost}, and has committed ${again} of them again since.`
}

const isStepBack = ({ commit: { gone, previousCommit: before } }: LostCommit): boolean =>
  gone === null && before?.reason === 'moved-back'

function unread(group: string, { partitions, mention, cause, now }: RecordsNotice): string {
  const [worst] = partitions
  const total = partitions.reduce((sum, { unread }) => sum + unread.atMost, 0n)
  const call = mention ? 'Last call: ' : ''
  const stopped = cause === 'stopped' ? ', which has stopped,' : ''
  const which = partitions.length > 1 ? 'deletes the first of them' : 'begins to delete them'
  const records = `${call}${group}${stopped} has ${atMost(total, 'unread record')}`
  if (worst === undefined) return `${records} that Kafka may delete.`
  return `${records}, and Kafka ${which} ${describeWhen(worst, now)} (it deletes whole segments).`
}

function neverCommitted(group: string, { entries }: NeverCommittedNotice): string {
  const partitions = entries.reduce((sum, entry) => sum + entry.partitions.length, 0)
  return `${group} reads ${partitions === 0 ? 'partitions' : count(partitions, 'partition')} without any committed offset.`
}
