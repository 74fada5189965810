import { OffsetLog } from '../../../functions/kafka/consumer-offsets/offset-log.ts'
import { RangeReader } from '../../../functions/kafka/consumer-offsets/range-reader.ts'
import { batch, type RecordToWrite } from './batches.ts'

/** A log of one partition, read completely. */
export function logOf(...batches: Buffer[]): { log: OffsetLog; pass: RangeReader } {
  const log = new OffsetLog(1)
  const pass = new RangeReader(log, 0, { from: 0, until: 1000, end: 1000 })
  pass.read(Buffer.concat(batches), 1000)
  log.limit(0, { uncertain: pass.unreadableTo, older: 0 })
  return { log, pass }
}

/** One record a batch, at offsets 0, 1, 2, … */
export const recordsOf = (...records: RecordToWrite[]) =>
  logOf(...records.map((each, i) => batch({ records: [each], baseOffset: i })))

export const offset = (log: OffsetLog, name = 'g', key = '0 t') => log.group(name)?.commits.get(key)
