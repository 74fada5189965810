import type { Reader } from '../protocol/reader.ts'

/**
 * The records about committed offsets that Kafka's group coordinator writes to `__consumer_offsets`. Kafka:
 * OffsetCommitKey.json, OffsetCommitValue.json, GroupMetadataValue.json.
 */

/** Each key begins with its type, an int16. Other types are about consumer, share and streams groups. */
export const OFFSET_COMMIT = 1
/** The type that Kafka 0.8 wrote. The rest of the key is the same. */
export const OLD_OFFSET_COMMIT = 0
export const GROUP_METADATA = 2

/** Times in ms since the epoch. */
export interface CommitValue {
  /** Position of the offset in the bytes. */
  offsetAt: number
  /** −1 if there is none. */
  leaderEpoch: number
  metadata: string
  committedAt: number
  /** Expiry of this offset alone, which only version 1 has; −1 if there is none. */
  expiresAt: number
  /** Position of the topic's id in the bytes, −1 if there is none. */
  topicIdAt: number
}

const TOPIC_ID = 0
const UUID = 16

/**
 * Reads versions 0 to 4 into `value`.
 * @throws Undecodable
 */
export function readCommitValue(bytes: Reader, value: CommitValue): void {
  const version = bytes.int16()
  if (version < 0 || version > 4) bytes.fail(`a commit has the unknown version ${version}`)

  bytes.flexible = version >= 4
  value.offsetAt = bytes.skip(8)
  value.leaderEpoch = version >= 3 ? bytes.int32() : -1
  value.metadata = bytes.utf8String()
  value.committedAt = bytes.time()
  value.expiresAt = version === 1 ? bytes.time() : -1
  value.topicIdAt = version >= 4 ? readTopicId(bytes) : -1
  bytes.done()
}

function readTopicId(bytes: Reader): number {
  let topicIdAt = -1
  for (let left = bytes.uvarint(); left > 0; left--) {
    const tag = bytes.uvarint()
    const size = bytes.uvarint()
    const at = bytes.skip(size)
    if (tag !== TOPIC_ID) continue
    if (size !== UUID) bytes.fail(`a topic id has ${size} bytes`)
    topicIdAt = at
  }
  return topicIdAt
}

/**
 * State in the last record of a classic group. `untyped`: no protocol type, as in a new group. `empty`: a protocol
 * type, but no members; the retention of the group's offsets then starts at `since`. `occupied`: members. `tombstone`:
 * the record of the group is deleted, which deletes none of its offsets.
 */
export type GroupRecordState = 'empty' | 'occupied' | 'untyped' | 'tombstone'

export interface GroupRecord {
  state: GroupRecordState
  /** ms since the epoch; −1 if the record does not say. */
  since: number
}

/**
 * Reads a group's record, versions 0 to 4.
 * @throws Undecodable
 */
export function readGroupValue(bytes: Reader): GroupRecord {
  const version = bytes.int16()
  if (version < 0 || version > 4) bytes.fail(`a group has the unknown version ${version}`)
  bytes.flexible = version >= 4

  const protocolType = bytes.utf8String()
  bytes.int32() // generation
  bytes.skipNullableString() // protocol
  bytes.skipNullableString() // leader
  const since = version >= 2 ? bytes.time() : -1
  const members = bytes.flexible ? bytes.uvarint() - 1 : bytes.int32()
  if (members < 0) bytes.fail(`a group has ${members} members`)

  if (members > 0) return { state: 'occupied', since }
  return { state: protocolType === '' ? 'untyped' : 'empty', since }
}
