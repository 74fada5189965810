import type { UnknownAgeNotice } from '../../core/alerts/notice.ts'
import { count } from '../../text/count.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { code, date } from './text.ts'

/** The summary of a cluster's groups whose deadlines are still unknown. */
export function draftUnknownAge(
  { cluster, takenAt, groups, examples, knownFrom }: UnknownAgeNotice,
  links: Links,
): Draft {
  const others = groups - examples.length
  const named = examples.map(group => code(group, 60)).join(', ')
  return {
    colour: 'grey',
    headline:
      groups === 0
        ? `The age of every group on ${code(cluster)} is known now.`
        : `${count(groups, 'group')} of unknown age on ${code(cluster)}, known from ${date(knownFrom)} on at the latest.`,
    sections:
      groups === 0
        ? []
        : [
            `*Groups:* ${named}${others > 0 ? ` and ${count(others, 'other')}` : ''}`,
            '*Why:* Kafka does not tell when an offset was committed, and the watchdog has not seen these change yet. Until it has, they may expire without a warning; their offsets are kept in each snapshot all the same.',
            '*What to do:* Nothing: each group leaves this list when it commits something new, or when it has outlived its retention. ' +
              more('groups-of-unknown-age', 'Why that is so', links),
          ],
    footer: `Snapshot of ${date(takenAt)}`,
    key: { cluster, summary: 'unknown-age' },
  }
}
