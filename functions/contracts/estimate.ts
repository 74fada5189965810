import { offsetsCsv } from '../core/recovery/offsets-csv.ts'
import { iso } from '../core/time.ts'
import type { EstimatedOffsets } from '../jobs/estimate-offsets.ts'

/** What `lookup --prometheus --json` prints. */
export const estimateJson = ({ group, at, offsets, unusable }: EstimatedOffsets) => ({
  schemaVersion: 1,
  estimate: true,
  group,
  at: iso(at),
  unusable,
  partitions: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: String(offset) })),
})

/** For `restore --from-file`, which reads no comments: standard error says that it is an estimate. */
export const estimateCsv = ({ offsets }: EstimatedOffsets): string => offsetsCsv(offsets)
