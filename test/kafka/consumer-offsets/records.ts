import {
  batch,
  CONTROL,
  int16,
  int32,
  int64,
  type RecordToWrite,
  TRANSACTIONAL,
  writtenAt,
} from './batches.ts'

/** The records of `__consumer_offsets`, as Kafka's group coordinator writes them. */

export interface CommitToWrite {
  group?: string
  topic?: string
  partition?: number
  offset?: number | bigint
  leaderEpoch?: number
  metadata?: string
  committedAt?: number | bigint
  expiresAt?: number | bigint
  /** 16 bytes */
  topicId?: Buffer
  version?: number
  keyType?: number
}

export const string = (text: string | null): Buffer =>
  text === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(text)), Buffer.from(text)])

/** Of up to 126 bytes. */
const compact = (text: string): Buffer =>
  Buffer.concat([Buffer.of(Buffer.byteLength(text) + 1), Buffer.from(text)])

export const commitKey = ({ group = 'g', topic = 't', partition = 0, keyType = 1 }: CommitToWrite): Buffer =>
  Buffer.concat([int16(keyType), string(group), string(topic), int32(partition)])

export function commitValue(commit: CommitToWrite): Buffer {
  const { offset = 42, leaderEpoch = 7, metadata = '', committedAt = writtenAt, expiresAt, topicId } = commit
  const { version = expiresAt === undefined ? 3 : 1 } = commit
  return Buffer.concat([
    int16(version),
    int64(offset),
    ...(version >= 3 ? [int32(leaderEpoch)] : []),
    version >= 4 ? compact(metadata) : string(metadata),
    int64(committedAt),
    ...(version === 1 ? [int64(expiresAt ?? -1)] : []),
    ...(version >= 4 ? [topicId ? Buffer.concat([Buffer.of(1, 0, 16), topicId]) : Buffer.of(0)] : []),
  ])
}

export const commit = (of: CommitToWrite = {}): RecordToWrite => ({
  key: commitKey(of),
  value: commitValue(of),
})

export const tombstone = (of: CommitToWrite = {}): RecordToWrite => ({ key: commitKey(of), value: null })

export interface GroupToWrite {
  group?: string
  protocolType?: string
  since?: number
  members?: number
  version?: number
}

export const groupKey = (group: string): Buffer => Buffer.concat([int16(2), string(group)])

export function groupValue({
  protocolType = 'consumer',
  since = writtenAt,
  members = 0,
  version = 3,
}: GroupToWrite) {
  const text = version >= 4 ? compact : string
  const member = Buffer.concat([text('m'), ...(version >= 3 ? [text('i')] : []), text('c'), text('h')])
  return Buffer.concat([
    int16(version),
    text(protocolType),
    int32(1), // generation
    version >= 4 ? Buffer.of(0) : string(null), // protocol
    version >= 4 ? Buffer.of(0) : string(null), // leader
    ...(version >= 2 ? [int64(since)] : []),
    version >= 4 ? Buffer.of(members + 1) : int32(members),
    ...Array.from({ length: members }, () => member),
    ...(version >= 4 ? [Buffer.of(0)] : []),
  ])
}

export const group = (of: GroupToWrite = {}): RecordToWrite => ({
  key: groupKey(of.group ?? 'g'),
  value: groupValue(of),
})

export const groupTombstone = (name = 'g'): RecordToWrite => ({ key: groupKey(name), value: null })

/** A batch of a transaction's records. */
export const transactional = (producerId: number, baseOffset: number, ...records: RecordToWrite[]): Buffer =>
  batch({ records, baseOffset, producerId, attributes: TRANSACTIONAL })

/** The batch that ends a transaction. */
export const marker = (end: 'commit' | 'abort', producerId: number, baseOffset: number): Buffer =>
  batch({
    records: [{ key: Buffer.concat([int16(0), int16(end === 'commit' ? 1 : 0)]), value: int16(0) }],
    baseOffset,
    producerId,
    attributes: TRANSACTIONAL | CONTROL,
  })
