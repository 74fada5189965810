import type { AcknowledgedIncident } from '../../jobs/acknowledge.ts'
import { date, name } from './format.ts'

export const ackView = ({ cluster, incident }: AcknowledgedIncident, now: number): string =>
  `${cluster} · ${name(incident.group)} · ${incident.kind} of ${date(incident.openedAt, now)} UTC acknowledged` +
  (incident.kind === 'deadline'
    ? ': it will not escalate; a loss would be posted all the same'
    : ' and closed')
