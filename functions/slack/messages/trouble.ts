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
              : `*What to do:* ${remedy[trouble.kind]} ${more('when-the-watchdog-itself-is-in-trouble', 'Details', links)}`,
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
        ? `The watchdog has no snapshot of ${code(cluster)} yet, so nobody watches this cluster.`
        : `No snapshot of ${code(cluster)} for ${duration(Math.max(0, now - takenAt))}: the watchdog does not see this cluster.`
    case 'incomplete':
      return `The last three snapshots of ${code(cluster)} were not complete: the watchdog does not see everything.`
    case 'rights-lost':
      return `The watchdog sees less of ${code(cluster)} than before: it has lost access rights.`
    case 'unusable':
      return takenAt === null
        ? `No snapshot of ${code(cluster)} is usable: the watchdog knows nothing about the groups.`
        : `The newest snapshot of ${code(cluster)} is not usable: the watchdog uses the snapshot of ${date(takenAt)}.`
  }
}

function over({ cluster, trouble }: TroubleNotice): string {
  switch (trouble.kind) {
    case 'silent':
      return `the watchdog has a new snapshot of ${code(cluster)}.`
    case 'incomplete':
      return `the snapshots of ${code(cluster)} are complete again.`
    case 'rights-lost':
      return `the watchdog has its access rights on ${code(cluster)} again.`
    case 'unusable':
      return `the newest snapshot of ${code(cluster)} is usable again.`
  }
}

const heading = (kind: TroubleNotice['trouble']['kind']): string =>
  kind === 'unusable' ? 'Why' : 'Details from the snapshot'

const meaning = {
  silent: 'Known deadlines are still posted. The watchdog does not see what happens on the cluster now.',
  incomplete:
    'The watchdog keeps the last known state of the parts that it could not read. Their deadlines are still posted.',
  'rights-lost': 'Hidden groups and topics do not count as lost, but the watchdog cannot warn about them.',
  unusable:
    'Known deadlines are still posted. Losses are posted only when there is a usable snapshot that is newer than the last watched one.',
} as const

const remedy = {
  silent:
    'Find out why no snapshot is taken. Look at the log of the last run, and run `offset-watchdog doctor`.',
  incomplete:
    'Check the brokers that are named above. `offset-watchdog doctor` shows which of them are reachable.',
  'rights-lost': '`offset-watchdog doctor` names the missing rights, and the commands that grant them.',
  unusable:
    'Take a snapshot. Then find out what happened to the snapshot that is named above. Possible causes are a damaged disk, a restored backup and a wrong clock.',
} as const
