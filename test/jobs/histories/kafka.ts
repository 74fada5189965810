import type { PreviousSnapshot, Reading } from '../../../functions/core/reading.ts'
import {
  type CommitValue,
  readCommitValue,
} from '../../../functions/kafka/consumer-offsets/offset-records.ts'
import { Reader } from '../../../functions/kafka/protocol/reader.ts'
import { committed, record, tombstone, withLog } from '../../core/evidence/logs.ts'
import { aReading, dead, type SeenOffset, simple } from '../../core/readings.ts'
import { commitValue } from '../../kafka/consumer-offsets/records.ts'

export const groups = ['app', 'etl', 'team-payments'] as const
export const PARTITIONS = 2

/** The events of one partition's offset in one group, in order. */
type Happened = { at: number; offset: bigint; expiresAt: number | null } | { at: number; offset: null }

/** Simple groups whose offsets come and go. Times are ms on the brokers' clock, which is right. */
export class Kafka {
  readonly #happened = new Map<string, Happened[]>()
  readonly #hasLog: boolean
  #next = 50n

  /** @param hasLog true if `__consumer_offsets` may be read */
  constructor(hasLog: boolean) {
    this.#hasLog = hasLog
  }

  /** @param expiresAt int64, as a client may send it */
  commit(key: string, at: number, expiresAt?: bigint): void {
    const expiry = expiresAt === undefined ? null : decoded(at, expiresAt)
    this.#add(key, { at, offset: ++this.#next, expiresAt: expiry })
  }

  /** The offset is deleted, or expires. */
  vanish(key: string, at: number): void {
    if (this.isThere(key)) this.#add(key, { at, offset: null })
  }

  /** A consumer without an offset begins at the first record, or a person restores the lost offset. */
  comeBack(key: string, at: number, isRestored: boolean): void {
    const before = this.#happened.get(key)?.at(-2)?.offset
    if (this.isThere(key) || !before) return
    this.#add(key, { at, offset: isRestored ? before : before / 2n, expiresAt: null })
  }

  isThere(key: string): boolean {
    return typeof this.#happened.get(key)?.at(-1)?.offset === 'bigint'
  }

  /** True if this offset was once committed, and the partition had no offset at some later time. */
  wasLost(key: string, offset: bigint): boolean {
    const happened = this.#happened.get(key) ?? []
    const first = happened.findIndex(each => each.offset === offset)
    return first >= 0 && happened.slice(first).some(each => each.offset === null)
  }

  /** @param now on the watchdog's clock */
  read(now: number, { commits }: PreviousSnapshot): Reading {
    const known = [...commits].filter(({ gone }) => gone === null)
    const seen = groups.map(group => {
      const keys = Array.from({ length: PARTITIONS }, (_, partition) => keyOf({ group, partition }))
      const offsets = keys.flatMap((key, partition): [string, SeenOffset][] => {
        const offset = this.#happened.get(key)?.at(-1)?.offset
        return typeof offset === 'bigint' ? [[`orders-${partition}`, offset]] : []
      })
      const absent = known
        .filter(row => row.group === group && !this.isThere(keyOf(row)))
        .map(({ partition }) => `orders-${partition}`)
      const isKnown = offsets.length + absent.length > 0
      const there = simple(Object.fromEntries(offsets), { absent })
      return [group, isKnown, offsets.length > 0 ? there : dead('simple', ...absent)] as const
    })
    const reading = aReading(
      now,
      Object.fromEntries(seen.flatMap(([name, isKnown, each]) => (isKnown ? [[name, each]] : []))),
    )
    return this.#hasLog
      ? withLog(reading, Object.fromEntries(groups.map(name => [name, this.#logOf(name)])))
      : reading
  }

  #logOf(group: string) {
    const commits = Array.from({ length: PARTITIONS }, (_, partition) => {
      const [before, last] = [
        undefined,
        undefined,
        ...(this.#happened.get(keyOf({ group, partition })) ?? []),
      ].slice(-2)
      const recordOf = (each: Happened | undefined) =>
        each && each.offset !== null ? record(each.offset, each.at, { expiresAt: each.expiresAt }) : null
      const position = recordOf(last)
      if (!last) return []
      return [[`orders-${partition}`, position ? committed(position) : tombstone(last.at, recordOf(before))]]
    })
    return { commits: Object.fromEntries(commits.flat()) }
  }

  #add(key: string, happened: Happened): void {
    this.#happened.set(key, [...(this.#happened.get(key) ?? []), happened])
  }
}

export const keyOf = ({ group, partition }: { group: string; partition: number }): string =>
  `${group} ${partition}`

/** The expiry of a commit record with these bytes. */
function decoded(committedAt: number, expiresAt: bigint): number {
  const value: CommitValue = {
    offsetAt: 0,
    leaderEpoch: 0,
    metadata: '',
    committedAt: 0,
    expiresAt: 0,
    topicIdAt: 0,
  }
  readCommitValue(new Reader(commitValue({ committedAt, expiresAt })), value)
  return value.expiresAt
}
