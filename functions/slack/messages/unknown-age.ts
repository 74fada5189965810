import type { UnknownAgeNotice } from '../../core/alerts/notice.ts'
import { count } from '../../text/count.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { code, date } from './text.ts'

/** The summary of a cluster's groups whose deadlines are still unknown. */
export function draftUnknownAge(
  { cluster, takenAt, groups, examples, knownFrom, isRetentionAssumed = false }: UnknownAgeNotice,
  links: Links,
): Draft {
  const others = groups - examples.length
  const named = examples.map(group => code(group, 60)).join(', ')
  return {
    colour: 'grey',
    headline:
      groups === 0
        ? `The watchdog now knows the age of every group on ${code(cluster)}.`
        : `${count(groups, 'group')} on ${code(cluster)} ${groups === 1 ? 'is' : 'are'} of unknown age${isRetentionAssumed ? '' : `, until ${date(knownFrom)} at the latest`}.`,
    sections:
      groups === 0
        ? []
        : [
            `*Groups:* ${named}${others > 0 ? ` and ${count(others, 'other')}` : ''}`,
            '*Why:* Kafka does not say when an offset was committed, and the watchdog has not yet seen these groups commit. They may expire without a warning until then. Each snapshot still keeps their offsets.',
            (isRetentionAssumed
              ? '*What to do:* Grant the watchdog DESCRIBE_CONFIGS on the cluster, or set `retention`. The retention is only assumed now, so a group leaves this list only when it commits something new. '
              : '*What to do:* Nothing. A group leaves this list when it commits something new, or when its offsets have outlived their retention. ') +
              more('groups-of-unknown-age', 'Details', links),
          ],
    footer: `Snapshot of ${date(takenAt)}`,
    key: { cluster, summary: 'unknown-age' },
  }
}
