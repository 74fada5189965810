import type { ClusterSettings } from '../../functions/core/model/settings.ts'
import { type StatusFilter, statusOf } from '../../functions/jobs/status.ts'
import { plaintext } from '../builders/kafka-settings.ts'
import { hour, minute, sample } from '../cli/sample.ts'

export const now = Date.UTC(2026, 10, 22, 16, 0)
export const cluster: ClusterSettings = {
  name: 'prod',
  kafka: plaintext(),
  msk: undefined,
  groups: undefined,
  retention: undefined,
  policy: {
    levels: { first: 72 * hour, second: 24 * hour, last: 6 * hour },
    levelsByGroup: [],
    records: 'alert',
    recordsByGroup: [],
    stepBackAlerts: [],
    neverCommittedAlerts: [],
    routes: [],
    ignore: [{ pattern: 'console-*', reason: 'thrown away', until: undefined }],
    withoutMetadata: [],
    withoutMembers: [],
  },
}
export const context = { cluster, now, interval: 15 * minute }
export const everything: StatusFilter = { group: undefined, level: undefined, ignored: false }
export const status = (selection: Partial<StatusFilter> = {}, snapshot = sample(now)) => ({
  ...statusOf(snapshot, context, { ...everything, ...selection }),
  store: 's3://offsets/team-a',
  silences: [],
})
