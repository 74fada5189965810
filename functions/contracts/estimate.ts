import { offsetsCsv } from '../core/recovery/offsets-csv.ts'
import { iso } from '../core/time.ts'
import type { EstimatedOffsets } from '../jobs/estimate-offsets.ts'

/** Output of `lookup --prometheus --json`. */
export const estimateJson = ({ group, at, offsets, unusable, exporters }: EstimatedOffsets) => ({
  schemaVersion: 1,
  estimate: true,
  group,
  at: iso(at),
  unusable,
  exporters,
  partitions: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
})

/**
 * The input of `restore --from-file`, which accepts no comments. Standard error states that the offsets are an
 * estimate.
 */
export const estimateCsv = ({ offsets }: EstimatedOffsets): string => offsetsCsv(offsets)
