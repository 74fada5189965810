import type { Incident } from '../../functions/core/alerts/alert-state.ts'

/** An open incident of a deadline, at its last level. */
export const incidentOf = (values: Partial<Incident> = {}): Incident => ({
  id: '1',
  kind: 'deadline',
  group: 'spedisjon-v1',
  openedAt: Date.UTC(2026, 10, 22, 14),
  level: 'last',
  losses: [],
  lostBefore: 0,
  acknowledgedAt: null,
  closed: null,
  summary: null,
  ...values,
})
