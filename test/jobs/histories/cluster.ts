import type { ClusterSettings } from '../../../functions/core/model/settings.ts'
import { MINUTE } from '../../core/readings.ts'
import { cluster as aCluster } from '../parts.ts'

export const INTERVAL = 15 * MINUTE

export const cluster: ClusterSettings = {
  ...aCluster,
  policy: {
    ...aCluster.policy,
    routes: [{ pattern: 'team-*', channel: '#team', mention: undefined }],
  },
}
