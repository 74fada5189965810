import type { EstimatedOffsets } from '../../jobs/estimate-offsets.ts'
import { count } from '../../text/count.ts'
import { date, name } from './format.ts'
import { table } from './table.ts'

/** Caveats that the numbers do not show. */
export const estimateSentences = ({ at, unusable, exporters }: EstimatedOffsets, now: number): string[] => [
  `An estimate from Prometheus, as of ${date(at, now)} UTC. The group may have committed after that scrape. The estimate has no commit metadata and no leader epochs.`,
  ...(unusable > 0
    ? [`${count(unusable, 'partition')} left out, because Prometheus has no number for them.`]
    : []),
  ...(exporters.length > 1
    ? [
        `${exporters.length} exporters report this group (${exporters.map(name).join(', ')}), and the highest offset of each partition counts. If they read different clusters, do not use this estimate.`,
      ]
    : []),
]

export const estimateView = (found: EstimatedOffsets, now: number): string =>
  [
    `${name(found.group)} · estimate`,
    table(
      ['TOPIC', 'PARTITION', 'ESTIMATED OFFSET'],
      found.offsets.map(({ topic, partition, offset }) => [name(topic), String(partition), String(offset)]),
    ),
    ...estimateSentences(found, now),
  ].join('\n\n')
