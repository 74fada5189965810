/** One group's offset of one partition. */
export interface Key {
  group: string
  topic: string
  partition: number
}

export const keyOf = ({ group, topic, partition }: Key): string => `${group} ${topic} ${partition}`

/** Something happened after one time and by another, ms since the epoch. */
export interface Span {
  after: number
  by: number
}

/** What the witness saw of one key; an offset of null is none. */
export interface Change extends Span {
  offset: bigint | null
}

/** From a commit that was there where none had been, until there was none again. */
export interface Life {
  appeared: Span
  /** The last offset that it had. */
  offset: bigint
  /** Null where it was still there when the witness was asked last. */
  vanished: Span | null
}

/** @param changes of one key, in their order */
export function livesOf(changes: readonly Change[]): Life[] {
  const lives: Life[] = []
  let life: Life | undefined
  for (const { offset, after, by } of changes) {
    if (offset === null) {
      if (life) life.vanished = { after, by }
      life = undefined
    } else if (life) {
      life.offset = offset
    } else {
      life = { appeared: { after, by }, offset, vanished: null }
      lives.push(life)
    }
  }
  return lives
}

/** What a scenario did to a group, or to its offsets of one topic. */
export interface Touch {
  group: string
  /** Null: to all of them. */
  topic: string | null
  from: number
  to: number
  deletes: 'deleted' | 'topic-deleted' | null
}

export const touches = (key: Key, { group, topic }: Touch): boolean =>
  group === key.group && (topic === null || topic === key.topic)
