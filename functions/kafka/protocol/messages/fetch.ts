import { message } from '../message.ts'
import type { Reader } from '../reader.ts'

export interface FetchRequest {
  topic: string
  /** The broker fills its answer in this order. */
  partitions: FetchedFrom[]
  /** bytes for the whole answer; the first batch of the first partition with data comes even if it is larger. */
  maxBytes: number
  /** bytes for each partition */
  maxBytesPerPartition: number
  /** ms to wait if there is nothing to read. */
  maxWait: number
}

export interface FetchedFrom {
  partition: number
  offset: number
  /**
   * Epoch of the batch before `offset`; −1 if unknown. If the leader's log has another batch there, the answer is
   * `diverging` (v12, KIP-595).
   */
  leaderEpoch: number
}

export interface Fetched {
  partition: number
  error: number
  /** −1 in an answer with an error. */
  highWatermark: bigint
  lastStableOffset: bigint
  logStartOffset: bigint
  /** True if the log was truncated below `offset` and rewritten since `leaderEpoch`. Then `records` is empty. */
  diverging: boolean
  /** Record batches as they are in the log; the last one may be cut off. A view of the answer, not a copy. */
  records: Buffer
}

const CONSUMER = -1
const READ_UNCOMMITTED = 0
const ANY_EPOCH = -1
const NO_SESSION = 0
const FINAL_EPOCH = -1
const DIVERGING_EPOCH = 0

/** Fetch (1), v4–v12, without a session (KIP-227), of one topic. v13 knows topics by id only. */
export const fetch = message<FetchRequest, Fetched[]>({
  name: 'Fetch',
  key: 1,
  versions: [4, 12],
  flexibleFrom: 12,

  write(w, { topic, partitions, maxBytes, maxBytesPerPartition, maxWait }, version) {
    w.int32(CONSUMER)
    w.int32(maxWait)
    w.int32(1) // min bytes
    w.int32(maxBytes)
    w.int8(READ_UNCOMMITTED)
    if (version >= 7) {
      w.int32(NO_SESSION)
      w.int32(FINAL_EPOCH)
    }
    w.array([topic], name => {
      w.string(name)
      w.array(partitions, ({ partition, offset, leaderEpoch }) => {
        w.int32(partition)
        if (version >= 9) w.int32(ANY_EPOCH)
        w.int64(BigInt(offset))
        if (version >= 12) w.int32(leaderEpoch)
        if (version >= 5) w.int64(-1n) // log start offset, for followers only
        w.int32(maxBytesPerPartition)
        w.tags()
      })
      w.tags()
    })
    if (version >= 7) w.array([], () => {}) // topics to forget in the session
    if (version >= 11) w.string('') // rack
  },

  read(r, version, request) {
    r.int32() // throttle time
    const error = version >= 7 ? r.int16() : 0
    if (version >= 7) r.int32() // session id

    const topics = r.array(() => {
      r.string()
      const partitions = r.array(() => readPartition(r, version, error))
      r.tags()
      return partitions
    })
    const fetched = topics.flat()
    return fetched.length === 0 && error !== 0 ? request.partitions.map(failed(error)) : fetched
  },
})

/** The result for a partition if the answer has only an error for all of them. */
const failed =
  (error: number) =>
  ({ partition }: FetchedFrom): Fetched => ({
    partition,
    error,
    highWatermark: -1n,
    lastStableOffset: -1n,
    logStartOffset: -1n,
    diverging: false,
    records: Buffer.alloc(0),
  })

function readPartition(r: Reader, version: number, errorOfAll: number): Fetched {
  const partition = r.int32()
  const error = r.int16() || errorOfAll
  const highWatermark = r.int64()
  const lastStableOffset = r.int64()
  const logStartOffset = version >= 5 ? r.int64() : -1n
  r.array(() => {
    r.int64() // producer id of an aborted transaction
    r.int64() // its first offset
    r.tags()
  })
  if (version >= 11) r.int32() // preferred read replica
  const records = r.bytes()
  const diverging = version >= 12 && readTags(r).has(DIVERGING_EPOCH)
  return { partition, error, highWatermark, lastStableOffset, logStartOffset, diverging, records }
}

/** The numbers of the tagged fields; their contents are skipped. */
function readTags(r: Reader): Set<number> {
  const tags = new Set<number>()
  for (let left = r.uvarint(); left > 0; left--) {
    tags.add(r.uvarint())
    for (let size = r.uvarint(); size > 0; size--) r.int8()
  }
  return tags
}
