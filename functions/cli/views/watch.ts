import type { WatchResult } from '../../jobs/watch.ts'
import { count } from '../../text/count.ts'
import { date } from './format.ts'

export const watchView = ({ cluster, posted, edited, openIncidents }: WatchResult, takenAt: number) =>
  `${cluster} · watched the snapshot of ${date(takenAt, Date.now())} UTC · ${count(posted, 'message')} posted, ` +
  `${edited} edited · ${count(openIncidents, 'incident')} open`
