import type { TroubleNotice } from '../../core/alerts/notice.ts'
import { iso } from '../../core/time.ts'
import { visible } from '../../text/visible.ts'
import type { Draft } from './layout.ts'
import { type Links, more } from './links.ts'
import { code, date, duration, escaped, rows } from './text.ts'

/**
 * The watchdog reports that it does not watch, or does not see everything. Otherwise its silence would look like good
 * news.
 */
export function draftTrouble(notice: TroubleNotice, links: Links): Draft {
  const { cluster, trouble, slot, takenAt, now, interval } = notice
  const isOver = trouble.over !== null
  const details = trouble.details.map(detail => escaped(Array.from(visible(detail)).slice(0, 300).join('')))
  return {
    colour: isOver ? 'grey' : 'amber',
    headline: isOver ? `Over: ${over(notice)}` : headline(notice),
    sections:
      slot === 'closed'
        ? []
        : [
            details.length > 0 ? `*${heading(trouble.kind)}:*\n${rows(details, details.length)}` : '',
            isOver ? '' : `*What it means:* ${meaning[trouble.kind]}`,
            isOver
              ? ''
              : `*What to do:* ${remedy[trouble.kind]} ${more('when-the-watchdog-itself-is-in-trouble', 'More', links)}`,
          ],
    footer: [
      takenAt === null ? 'No snapshot yet' : `Newest snapshot of ${date(takenAt)}`,
      `a snapshot is due every ${duration(interval)}`,
      `since ${date(trouble.since)}`,
      isOver ? `over ${date(trouble.over ?? now)}` : '',
    ]
      .filter(Boolean)
      .join(' · '),
    key: { cluster, trouble: trouble.kind, since: iso(trouble.since), slot },
  }
}

function headline({ cluster, trouble, takenAt, now }: TroubleNotice): string {
  switch (trouble.kind) {
    case 'silent':
      return takenAt === null
        ? `There is no snapshot of ${code(cluster)} yet, so nobody watches it.`
        : `No snapshot of ${code(cluster)} for ${duration(Math.max(0, now - takenAt))}: the watchdog is not looking.`
    case 'incomplete':
      return `Three snapshots of ${code(cluster)} in a row were not complete: the watchdog does not see everything.`
    case 'rights-lost':
      return `The watchdog may see less of ${code(cluster)} than before: rights were taken away.`
    case 'unusable':
      return takenAt === null
        ? `No snapshot of ${code(cluster)} can be used: the watchdog knows nothing of its groups.`
        : `The newest snapshot of ${code(cluster)} cannot be used: the watchdog goes by that of ${date(takenAt)}.`
  }
}

function over({ cluster, trouble }: TroubleNotice): string {
  switch (trouble.kind) {
    case 'silent':
      return `snapshots of ${code(cluster)} are being taken again.`
    case 'incomplete':
      return `the snapshots of ${code(cluster)} are complete again.`
    case 'rights-lost':
      return `the watchdog may see on ${code(cluster)} what it saw before.`
    case 'unusable':
      return `the newest snapshot of ${code(cluster)} can be used again.`
  }
}

const heading = (kind: TroubleNotice['trouble']['kind']): string =>
  kind === 'unusable' ? 'What cannot be used, and why' : 'As the snapshot says'

const meaning = {
  silent: 'Deadlines known so far are still told. What happens on the cluster now is not seen.',
  incomplete: 'What could not be read is kept as it was last seen; its deadlines are still told.',
  'rights-lost': 'Nothing is called lost that only became invisible. What is hidden now cannot be warned of.',
  unusable:
    'Deadlines known so far are still told. Losses are not, as long as there is no snapshot later than the one that was last watched.',
} as const

const remedy = {
  silent: 'See why no snapshot is taken: the log of the last run, or `offset-watchdog doctor`.',
  incomplete: 'Look at the brokers that are named; `offset-watchdog doctor` tells what can be reached.',
  'rights-lost': '`offset-watchdog doctor` names what is missing, and the command that grants it.',
  unusable:
    'Take a snapshot, and see what became of the one that is named: a damaged disk, a restored backup, or a clock that was wrong.',
} as const
