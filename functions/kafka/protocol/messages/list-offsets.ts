import { message } from '../message.ts'

/** Special timestamps: the log's end (the high watermark) and its start. */
export const LATEST = -1n
export const EARLIEST = -2n

export interface ListOffsetsRequest {
  topics: { topic: string; partitions: { partition: number; timestamp: bigint }[] }[]
}

export interface ListedOffset {
  partition: number
  error: number
  /** −1 if no record has the given timestamp or a later one. */
  offset: bigint
  /** Timestamp of the record at that offset, ms since the epoch; −1 for the log's start or end. */
  timestamp: bigint
}

export interface ListedOffsets {
  topic: string
  partitions: ListedOffset[]
}

const CONSUMER = -1
const READ_UNCOMMITTED = 0
const ANY_EPOCH = -1

/** ListOffsets (2), v2–v9, sent to each partition's leader. A request may name a partition once only. */
export const listOffsets = message<ListOffsetsRequest, ListedOffsets[]>({
  name: 'ListOffsets',
  key: 2,
  versions: [2, 9],
  flexibleFrom: 6,

  write(w, { topics }, version) {
    w.int32(CONSUMER)
    w.int8(READ_UNCOMMITTED)
    w.array(topics, ({ topic, partitions }) => {
      w.string(topic)
      w.array(partitions, ({ partition, timestamp }) => {
        w.int32(partition)
        if (version >= 4) w.int32(ANY_EPOCH)
        w.int64(timestamp)
        w.tags()
      })
      w.tags()
    })
  },

  read(r, version) {
    r.int32() // throttle time

    return r.array(() => {
      const topic = r.string()
      const partitions = r.array(() => {
        const partition = r.int32()
        const error = r.int16()
        const timestamp = r.int64()
        const offset = r.int64()
        if (version >= 4) r.int32() // leader epoch
        r.tags()
        return { partition, error, offset, timestamp }
      })
      r.tags()
      return { topic, partitions }
    })
  },
})
