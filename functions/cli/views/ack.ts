import type { AcknowledgedIncident } from '../../jobs/acknowledge.ts'
import { date, name } from './format.ts'

export function ackView({ cluster, incident }: AcknowledgedIncident, now: number): string {
  const { kind, group, openedAt, acknowledgedAt, acknowledgedBy } = incident
  const subject = `${cluster} · ${name(group)} · ${nouns[kind]} of ${date(openedAt, now)} UTC`
  if (acknowledgedAt === null) return `${subject} acknowledged${consequences[kind]}`
  const by = acknowledgedBy ? ` by ${name(acknowledgedBy)}` : ''
  return `${subject} was already acknowledged${by} on ${date(acknowledgedAt, now)} UTC`
}

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
