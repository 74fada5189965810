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
  deadline: ': the incident will not escalate; a loss is still posted',
  loss: ' and closed',
  'records-deadline': ': the incident will not escalate; a loss of records is still posted',
  'records-loss': ': the channel gets no more daily replies',
  'never-committed': ': the incident stays open until the group commits',
} as const
