/**
 * Kafka's retention of committed offsets, written from Kafka's rules and not from functions/core: groups that commit,
 * stop, start and expire, at coordinators that sweep. Times are ms. Each broker's clock is slightly ahead of the
 * watchdog's.
 */
export const RETENTION = 1000
export const SWEEP = 100
export const SKEW = 20

export const keys = ['a-0', 'a-1', 'b-0'] as const
export type Key = (typeof keys)[number]
export type Topic = 'a' | 'b'
const topicOf = (key: Key): Topic => (key.startsWith('a') ? 'a' : 'b')

/**
 * The kind of each group once the group has started with members. Before that, and after it was dropped, a group is
 * simple.
 */
const protocols = { web: 'classic', etl: 'connect', next: 'consumer', stream: 'streams' } as const
export type GroupName = keyof typeof protocols
export const groupNames: GroupName[] = ['web', 'etl', 'next', 'stream']

export interface Committed {
  value: bigint
  /** Time on the clock of the broker that accepted the commit. */
  at: number
}

export interface Group {
  protocol: 'none' | (typeof protocols)[GroupName]
  hasMembers: boolean
  subscribed: ReadonlySet<Topic>
  emptySince: number
  coordinator: number
  sweepAt: number
  offsets: Map<Key, Committed>
  pending: Map<Key, Committed>
}

export interface Vanished {
  group: GroupName
  key: Key
  at: number
  byExpiry: boolean
  /**
   * True if the group had members then. An offset that expires in a group with members belongs to a topic to which no
   * member subscribes.
   */
  hadMembers: boolean
}

export class SimulatedKafka {
  now: number
  readonly groups = new Map<GroupName, Group>()
  /** Vanished offsets, in order. */
  readonly vanished: Vanished[] = []
  readonly #ahead: readonly number[]
  readonly pendingGuards: boolean

  constructor(now: number, ahead: readonly number[], pendingGuards: boolean) {
    this.now = now
    this.#ahead = ahead
    this.pendingGuards = pendingGuards
  }

  wait(ms: number): void {
    const until = this.now + ms
    for (;;) {
      const [name, group] = [...this.groups].sort(([, a], [, b]) => a.sweepAt - b.sweepAt)[0] ?? []
      if (name === undefined || group === undefined || group.sweepAt > until) break
      this.now = group.sweepAt
      group.sweepAt += SWEEP
      this.#sweep(name, group)
    }
    this.now = until
  }

  /** A commit by a member, or through assign() if there is no member. */
  commit(name: GroupName, key: Key, value: bigint): void {
    const group = this.#groupToWrite(name)
    if (!group.pending.has(key)) group.offsets.set(key, { value, at: this.#clock(group) })
  }

  beginTransaction(name: GroupName, key: Key, value: bigint): void {
    const group = this.#groupToWrite(name)
    if (!group.pending.has(key)) group.pending.set(key, { value, at: this.#clock(group) })
  }

  endTransaction(name: GroupName, key: Key, isCommitted: boolean): void {
    const group = this.groups.get(name)
    const pending = group?.pending.get(key)
    if (group === undefined || pending === undefined) return
    group.pending.delete(key)
    if (isCommitted) group.offsets.set(key, pending)
  }

  start(name: GroupName, subscribed: ReadonlySet<Topic>): void {
    const group = this.#groupToWrite(name)
    Object.assign(group, { protocol: protocols[name], hasMembers: true, subscribed })
  }

  stop(name: GroupName): void {
    const group = this.groups.get(name)
    if (!group?.hasMembers) return
    group.hasMembers = false
    group.emptySince = this.#clock(group)
  }

  /** `kafka-consumer-groups --delete`, which needs a group without members. */
  remove(name: GroupName): void {
    const group = this.groups.get(name)
    if (group === undefined || group.hasMembers || group.pending.size > 0) return
    for (const key of group.offsets.keys()) this.#vanish(name, group, key, false)
    this.groups.delete(name)
  }

  /**
   * Another broker loads the group, or the same broker loads it again. The first sweep after the load comes a whole
   * interval later.
   */
  load(name: GroupName, coordinator: number): void {
    const group = this.groups.get(name)
    if (group) Object.assign(group, { coordinator, sweepAt: this.now + SWEEP })
  }

  #groupToWrite(name: GroupName): Group {
    let group = this.groups.get(name)
    if (group === undefined) {
      group = {
        protocol: 'none',
        hasMembers: false,
        subscribed: new Set(),
        emptySince: 0,
        coordinator: 0,
        sweepAt: this.now + SWEEP,
        offsets: new Map(),
        pending: new Map(),
      }
      this.groups.set(name, group)
    }
    return group
  }

  #clock({ coordinator }: Group): number {
    return this.now + (this.#ahead[coordinator] ?? 0)
  }

  #sweep(name: GroupName, group: Group): void {
    for (const [key, offset] of group.offsets) {
      if (this.pendingGuards && group.pending.has(key)) continue
      const start = clockStart(group, key, offset)
      if (start !== null && this.#clock(group) - start >= RETENTION) this.#vanish(name, group, key, true)
    }
    if (!group.hasMembers && group.offsets.size + group.pending.size === 0) this.groups.delete(name)
  }

  #vanish(name: GroupName, group: Group, key: Key, byExpiry: boolean): void {
    group.offsets.delete(key)
    this.vanished.push({ group: name, key, at: this.now, byExpiry, hadMembers: group.hasMembers })
  }
}

/** Null while the clock does not run. */
function clockStart(group: Group, key: Key, offset: Committed): number | null {
  const isSubscribed = group.hasMembers && group.subscribed.has(topicOf(key))
  switch (group.protocol) {
    case 'none':
      return offset.at
    case 'connect':
      return group.hasMembers ? null : group.emptySince
    case 'classic':
      if (isSubscribed) return null
      return group.hasMembers ? offset.at : group.emptySince
    case 'consumer':
    case 'streams':
      return isSubscribed ? null : offset.at
  }
}
