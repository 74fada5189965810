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

/**
 * What came back without anybody having touched it was never gone: for moments a coordinator that takes over answers
 * without its last commits.
 * @param changes of one key, in their order
 * @param isTouched whether anything was done to it within that span
 */
export function livesOf(changes: readonly Change[], isTouched: (span: Span) => boolean): Life[] {
  const lives: Life[] = []
  for (const { offset, after, by } of changes) {
    const life = lives.at(-1)
    const vanished = life?.vanished
    if (life === undefined || (vanished && offset !== null && isTouched({ after: vanished.after, by }))) {
      if (offset !== null) lives.push({ appeared: { after, by }, offset, vanished: null })
    } else if (offset === null) {
      life.vanished = { after, by }
    } else {
      life.offset = offset
      life.vanished = null
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
