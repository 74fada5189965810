import type { PartitionAtRisk } from '../../core/alerts/notice.ts'
import type { Commit } from '../../core/model/commit.ts'
import { timeLeft } from '../../core/policy.ts'
import { date, duration } from './text.ts'

/** When Kafka may delete the offset. If the deadline is a bound, the text says so. */
export function describeDeadline({ deadline, evidence }: Commit, now: number): string {
  const left = timeLeft({ deadline }, now)
  if (left === null) return 'at an unknown time'

  const at = date(now + left)
  if (left <= 0) return `at any moment: the deadline was ${at}`
  return `in ${duration(left)}${evidence === 'exact' ? '' : ' at the earliest'} (${at})`
}

/** When Kafka begins to delete unread records: both ends of the interval, relative to now. */
export function describeWhen({ unread: { earliest, latest } }: PartitionAtRisk, now: number): string {
  const from = Math.max(0, (earliest ?? now) - now)
  if (latest === null) return `not before ${date(now + from)}, and perhaps never`
  const until = duration(Math.max(0, latest - now))
  return `between ${from === 0 ? 'now' : duration(from)} and ${until} from now`
}
