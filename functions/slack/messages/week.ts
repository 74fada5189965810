import type { WeekNotice } from '../../core/alerts/notice.ts'
import { iso } from '../../core/time.ts'
import { count, grouped } from '../../text/count.ts'
import type { Draft } from './layout.ts'
import { code, date, duration } from './text.ts'

/** The weekly line, which shows readers of a quiet channel that the watchdog works. */
export function draftWeek(notice: WeekNotice): Draft {
  const { cluster, takenAt, monday, groups, snapshots, complete, ignored, nearest } = notice
  return {
    colour: 'grey',
    headline:
      `The watchdog is watching ${code(cluster)}: ${count(groups, 'group')}, ` +
      `${grouped(complete)} of ${count(snapshots, 'snapshot')} complete in the last week, ` +
      `${describeNearest(notice)}, ${count(ignored, 'group')} ignored.`,
    sections: nearest ? [`*Nearest deadline:* ${code(nearest.group, 60)}, ${date(nearest.deadline)}`] : [],
    footer: `Once a week · snapshot of ${date(takenAt)}`,
    key: { cluster, week: iso(monday) },
  }
}

function describeNearest({ nearest, now }: WeekNotice): string {
  if (nearest === null) return 'no deadline known'
  const left = nearest.deadline - now
  return left > 0 ? `nearest deadline in ${duration(left)}` : 'nearest deadline passed'
}
