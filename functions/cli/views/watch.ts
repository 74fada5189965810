import type { WatchedCluster } from '../../jobs/watch-and-tell.ts'
import { count } from '../../text/count.ts'
import { date } from './format.ts'

export const watchView = (
  { cluster, posted, edited, sent, openIncidents }: WatchedCluster,
  takenAt: number,
): string =>
  `${cluster} · watched the snapshot of ${date(takenAt, Date.now())} UTC · ${count(posted, 'message')} posted, ` +
  `${edited} edited${sent > 0 ? `, ${sent} sent to webhooks` : ''} · ${count(openIncidents, 'incident')} open`
