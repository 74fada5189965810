import type { AcknowledgedIncident } from '../../jobs/acknowledge.ts'
import { date, name } from './format.ts'

export const ackView = (
  { cluster, incident: { kind, group, openedAt } }: AcknowledgedIncident,
  now: number,
): string =>
  `${cluster} · ${name(group)} · ${nouns[kind]} of ${date(openedAt, now)} UTC acknowledged${consequences[kind]}`

const nouns = {
  deadline: 'deadline',
  loss: 'loss',
  'records-deadline': 'unread records',
  'records-loss': 'lost records',
  'never-committed': 'partitions without any commit',
} as const

const consequences = {
  deadline: ': it will not escalate; a loss would be posted all the same',
  loss: ' and closed',
  'records-deadline': ': it will not escalate; a loss of records would still be posted',
  'records-loss': ': the channel gets no more daily replies',
  'never-committed': ': the incident stays open until the group commits',
} as const
