import { atRiskOf, isDeadline } from '../../core/alerts/incident.ts'
import type { GroupNotice } from '../../core/alerts/notice.ts'
import { HOUR } from '../../core/time.ts'
import { command } from './command.ts'
import { code, date, duration } from './text.ts'

const whatAckDoes = {
  deadline: 'stops the escalation',
  loss: 'closes this incident',
  'records-deadline': 'stops the escalation',
  'records-loss': 'stops the daily reply',
  'never-committed': 'marks this incident as seen',
} as const

/** The snapshot behind the message, and how to acknowledge the incident. */
export function footer({ cluster, incident, takenAt, now }: GroupNotice): string {
  const flags = atRiskOf(incident) === 'records' ? ['--at-risk', 'records'] : []
  const ack = command('ack', incident.group, cluster, ...flags)
  const handled =
    incident.acknowledgedAt === null
      ? incident.closed === null && ack !== null && `${code(ack, Infinity)} ${whatAckDoes[incident.kind]}`
      : `acknowledged ${date(incident.acknowledgedAt)}${incident.acknowledgedBy ? ` by ${code(incident.acknowledgedBy, 60)}` : ''}`
  return [
    `Incident \`${incident.id}\``,
    `snapshot of ${date(takenAt)}`,
    isDeadline(incident) && incident.closed === null && `times left as of ${date(now)}`,
    handled,
  ]
    .filter(Boolean)
    .join(' · ')
}

/**
 * A warning if the message uses old facts: no snapshot came, or the group could not be read.
 * @param seenAt end of the last reading that really saw the group, ms since the epoch
 */
export function staleness(seenAt: number, { takenAt, now }: Pick<GroupNotice, 'takenAt' | 'now'>): string {
  if (seenAt < takenAt) {
    return `:warning: The newest snapshot could not read this group. The watchdog last read the group ${date(seenAt)}, ${duration(now - seenAt)} ago.`
  }
  return now - takenAt > HOUR
    ? `:warning: The newest snapshot is ${duration(now - takenAt)} old, so this message does not show later changes.`
    : ''
}
