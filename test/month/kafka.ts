import type { LoggedOffset, Reading } from '../../functions/core/reading.ts'
import { committed, record, tombstone, withLog } from '../core/evidence/logs.ts'
import {
  aReading,
  classic,
  consumer,
  DAY,
  dead,
  emptyClassic,
  emptyConsumer,
  HOUR,
  MINUTE,
  type SeenGroup,
  simple,
  TAKES,
} from '../core/readings.ts'
import type { Member } from './cast.ts'

export const RETENTION = 7 * DAY

interface Simulated {
  member: Member
  offset: bigint
  committedAt: number
  emptySince: number | null
  isRunning: boolean
  /** True if an offset was ever committed. */
  isKnown: boolean
  /** True while Kafka has the offset. */
  isThere: boolean
  /** Until this time the consumer has nothing to commit. */
  pausedUntil: number
  /** The time at which the offset last vanished, and the last commit before that time. */
  vanished: { at: number; before: LoggedOffset } | null
}

/**
 * A cluster whose groups run, stop and expire. This simulation is written from Kafka's rules, not from functions/core.
 */
export class MonthOfKafka {
  readonly #groups: Map<string, Simulated>
  readonly #start: number
  #now: number

  /** @param start ms since the epoch, a Monday 00:00 UTC */
  constructor(members: readonly Member[], start: number) {
    this.#start = start
    this.#now = start
    this.#groups = new Map(
      members.map(member => [
        member.group,
        {
          member,
          offset: 100n,
          committedAt: 0,
          emptySince: null,
          isRunning: false,
          isKnown: false,
          isThere: false,
          pausedUntil: 0,
          vanished: null,
        },
      ]),
    )
  }

  /** A person deletes a group's offsets while its consumer has nothing to do. */
  deleteOffsets(group: string): bigint {
    const found = this.#get(group)
    this.#vanish(found)
    found.pausedUntil = this.#now + 20 * HOUR
    return found.offset
  }

  restore(group: string, offset: bigint): void {
    const found = this.#get(group)
    Object.assign(found, { offset, isThere: true, committedAt: this.#now, pausedUntil: 0 })
  }

  /**
   * A deployment without an overlap. A KIP-848 group has no grace, so its idle offsets expire, and the group starts
   * from scratch.
   */
  deployWithGap(group: string): void {
    const found = this.#get(group)
    const isIdle = this.#now - found.committedAt > RETENTION
    if (!isIdle) throw new Error(`${group} has committed lately, so it would lose nothing`)
    this.#vanish(found)
    Object.assign(found, { offset: 7n, committedAt: this.#now, isThere: true })
  }

  /** Advances in steps of ten minutes, the broker's sweep interval. */
  goTo(time: number): void {
    for (; this.#now < time; this.#now += 10 * MINUTE) {
      for (const group of this.#groups.values()) this.#step(group)
    }
  }

  #step(group: Simulated): void {
    const { member } = group
    const since = this.#now - this.#start
    const isOn =
      since >= member.from && since < member.until && !(member.stopsAtWeekends && isWeekend(this.#now))
    if (isOn && this.#now >= group.pausedUntil) {
      const isDue = !group.isKnown || this.#now - group.committedAt >= member.every
      Object.assign(group, { isRunning: true, emptySince: null })
      // A client that assigns its partitions commits on a timer, even if its position has not moved.
      if (isDue || member.kind === 'simple') {
        if (isDue) group.offset += 10n
        Object.assign(group, { committedAt: this.#now, isKnown: true, isThere: true })
      }
      return
    }
    if (!isOn && group.isRunning) Object.assign(group, { isRunning: false, emptySince: this.#now })
    if (!group.isThere || group.isRunning) return
    const clock = member.kind === 'classic' ? group.emptySince : group.committedAt
    if (clock !== null && this.#now - clock >= RETENTION) this.#vanish(group)
  }

  #vanish(group: Simulated): void {
    const before = record(group.offset, group.committedAt)
    Object.assign(group, { isThere: false, vanished: { at: this.#now, before } })
  }

  /** @param isHidden groups whose coordinator does not answer in this reading */
  read(known: ReadonlySet<string>, isHidden: (group: string) => boolean): Reading {
    const seen: [string, SeenGroup][] = []
    for (const [name, group] of this.#groups) {
      if (!group.isKnown || isHidden(name)) continue
      const key = `${name}.topic-0`
      if (group.isThere) seen.push([name, this.#describe(group, key)])
      else if (known.has(name)) seen.push([name, dead(group.member.kind, key)])
    }
    const topics = Object.fromEntries(
      [...this.#groups].map(([name, { offset }]) => [
        `${name}.topic`,
        { log: new Map([[0, { start: 0n, end: offset + 50n }]]) },
      ]),
    )
    const brokers = [{ broker: 1, retention: RETENTION, sweep: 10 * MINUTE, source: 'broker' as const }]
    const reading = aReading(this.#now, Object.fromEntries(seen), { topics, brokers, takes: TAKES })
    const logs = seen.map(([name]) => [name, logOf(this.#get(name), `${name}.topic-0`)] as const)
    return withLog(reading, Object.fromEntries(logs))
  }

  #describe({ member, isRunning, offset }: Simulated, key: string): SeenGroup {
    const [topic] = key.split('-0')
    const subscribed = { subscribed: new Set([topic ?? '']), member: memberOf(member.group) }
    if (member.kind === 'simple') return simple({ [key]: offset })
    // For a few minutes after a deployment the members rejoin.
    const hours = Math.floor((this.#now - this.#start) / HOUR)
    const isRebalancing = hours % member.deploys === 0
    if (member.kind === 'classic') {
      if (!isRunning) return emptyClassic({ [key]: offset })
      return isRebalancing
        ? { ...classic({ [key]: offset }, subscribed), state: 'PreparingRebalance', subscribed: undefined }
        : classic({ [key]: offset }, subscribed)
    }
    return isRunning ? consumer({ [key]: offset }, subscribed) : emptyConsumer({ [key]: offset })
  }

  #get(group: string): Simulated {
    const found = this.#groups.get(group)
    if (found) return found
    throw new Error(`there is no group ${group}`)
  }
}

/** The last records about a group in `__consumer_offsets`. */
function logOf({ isThere, offset, committedAt, vanished, emptySince, member }: Simulated, key: string) {
  const last = record(offset, committedAt)
  const lost = vanished && { tombstoneAt: vanished.at, before: vanished.before }
  const commit = isThere ? committed(last, lost ?? {}) : tombstone(vanished?.at ?? 0, vanished?.before)
  return {
    commits: { [key]: commit },
    ...(member.kind === 'classic' && { group: { emptySince } }),
  }
}

const memberOf = (group: string) => ({ clientId: group, host: '10.1.2.3' })

/** From Friday 18:00 to Monday 07:00, UTC. */
function isWeekend(time: number): boolean {
  const [day, hour] = [new Date(time).getUTCDay(), new Date(time).getUTCHours()]
  return day === 6 || day === 0 || (day === 5 && hour >= 18) || (day === 1 && hour < 7)
}
