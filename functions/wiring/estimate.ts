import { type EstimatedOffsets, type EstimateOffsets, estimateOffsets } from '../jobs/estimate-offsets.ts'
import { offsetSeries } from '../prometheus/offset-series.ts'

export const estimateFrom = (url: URL, asked: Omit<EstimateOffsets, 'series'>): Promise<EstimatedOffsets> =>
  estimateOffsets({ ...asked, series: offsetSeries(url) })
