/** One group's offset of one partition. */
export interface Key {
  group: string
  topic: string
  partition: number
}

export const keyOf = ({ group, topic, partition }: Key): string => `${group} ${topic} ${partition}`

/** The interval in which something happened, ms since the epoch. */
export interface Span {
  after: number
  by: number
}

/** A change of one key that the witness saw; a null offset means none. */
export interface Change extends Span {
  offset: bigint | null
}

/** The time from the first commit of an offset until it is gone. */
export interface Life {
  appeared: Span
  /** The last offset before the end of this life. */
  offset: bigint
  /** Null if the offset still existed at the witness's last request. */
  vanished: Span | null
}

/**
 * An offset that vanished and came back with the same value, without an action of the scenario, was never gone: a
 * coordinator that takes over answers for some moments without its last commits.
 * @param changes of one key, in order
 * @param isTouched true if a scenario acted on the key within that span
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

/** An action of a scenario on a group, or on its offsets of one topic. */
export interface Touch {
  group: string
  /** Null for all topics. */
  topic: string | null
  from: number
  to: number
  deletes: 'deleted' | 'topic-deleted' | null
}

export const touches = (key: Key, { group, topic }: Touch): boolean =>
  group === key.group && (topic === null || topic === key.topic)
