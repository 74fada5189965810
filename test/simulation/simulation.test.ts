import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { incidentKeys } from '../../functions/core/alerts/keys.ts'
import { isLossReason } from '../../functions/core/evidence/loss.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { now } from '../builders/commits.ts'
import { Watcher } from '../core/alerts/alerts.ts'
import { randomCases } from '../random-cases.ts'
import { type Action, action, type Pass, pass, perform, undisturbed } from './actions.ts'
import { RETENTION, SimulatedKafka, SKEW, SWEEP, type Vanished } from './kafka.ts'
import { brokers, keyOf, nameOf, type Taken, Watchdog } from './watchdog.ts'

const step = fc.oneof(
  { weight: 3, arbitrary: action.map(act => ({ act })) },
  { weight: 1, arbitrary: pass.map(take => ({ take })) },
)

const history = fc.record({
  ahead: fc.tuple(fc.nat(SKEW), fc.nat(SKEW)),
  pendingGuards: fc.boolean(),
  steps: fc.array<{ act: Action } | { take: Pass }>(step, { minLength: 20, maxLength: 100, size: 'max' }),
})

const is = (commit: Commit) => (event: { group: string; key: string }) =>
  event.group === commit.group && event.key === keyOf(commit)

/** One history: a cluster, the watchdog's snapshots of it, and its alerts. */
class Run {
  readonly kafka: SimulatedKafka
  readonly #watchdog: Watchdog
  readonly #watcher = new Watcher()
  readonly #parents = new Map<string, number>()
  readonly #moved: { group: string; key: string; at: number }[] = []
  /** Time of the last event of each group. */
  readonly #touched = new Map<string, number>()
  /** Number of vanished offsets when each offset was last seen, or found gone. */
  readonly #known = new Map<string, number>()
  #checked = 0

  constructor(ahead: readonly number[], pendingGuards: boolean) {
    this.kafka = new SimulatedKafka(now, ahead, pendingGuards)
    this.#watchdog = new Watchdog(this.kafka)
  }

  act(action: Action): void {
    this.#perform(action)
    this.#checkExpiries(this.#checked)
  }

  take(pass: Pass): void {
    const taken = this.#watchdog.take(pass, this.#perform)
    this.#checkExpiries(taken.fetchedAt)
    for (const row of taken.after.filter(row => taken.answered.has(nameOf(row)))) this.#checkRow(row, taken)
    this.#alert()
  }

  readonly #perform = (action: Action) => {
    perform(action, this.kafka)
    if ('group' in action) this.#touched.set(action.group, this.kafka.now)
    if (action.do === 'move back') this.#moved.push({ ...action, at: this.kafka.now })
  }

  /** Nothing expires before the earliest deadline or, under a guard, before the deadline without the guard. */
  #checkExpiries(from: number): void {
    for (const event of this.kafka.vanished.slice(from)) {
      const row = this.#watchdog.rows.find(row => is(row)(event))
      if (row === undefined || row.gone || !event.byExpiry || leftTheTopic(row, event)) continue
      const earliest = (row.deadline ?? row.ifStopped)?.earliest ?? -Infinity
      expect(event.at).toBeGreaterThanOrEqual(earliest)
    }
    this.#checked = this.kafka.vanished.length
  }

  /** No offset that vanished since the row was last seen is missed, and none is made up. */
  #checkRow(row: Commit, { before, fetchedAt }: Taken): void {
    const vanished = this.kafka.vanished.slice(this.#known.get(nameOf(row)) ?? 0, fetchedAt).filter(is(row))
    this.#known.set(nameOf(row), fetchedAt)
    const base = before.find(each => nameOf(each) === nameOf(row))
    if (base === undefined || base.gone) return

    if (row.gone) {
      const { earliest, latest } = row.gone
      expect(vanished.filter(({ at }) => earliest <= at && at <= latest)).not.toEqual([])
      return
    }
    expect(row.seenAt).toBeGreaterThan(base.seenAt)
    // An untouched offset has not been renewed.
    const untouched = (this.#touched.get(row.group) ?? 0) < Math.min(row.valueSeenAt, row.runningFrom ?? 0)
    expect(untouched && row.renewedAt === row.seenAt).toBe(false)

    const isNew = row.previousCommit !== null && row.previousCommit.seenAt !== base.previousCommit?.seenAt
    const moved = this.#moved.filter(is(row)).filter(({ at }) => at >= base.seenFrom)
    if (isNew) expect([...vanished, ...moved]).not.toEqual([])

    // If the same offset or a higher one is committed again, the loss is not visible. If a lower one is committed after
    // a deletion, that looks like a person's intention.
    const hasExpired = vanished.some(event => event.byExpiry && !leftTheTopic(base, event))
    if (hasExpired && row.offset < base.offset) {
      expect(row.previousCommit && isLossReason(row.previousCommit.reason) && row.previousCommit.offset).toBe(
        base.offset,
      )
    }
  }

  #alert(): void {
    const later = this.kafka.now - now
    const changes = { retention: brokers, clockSkew: SKEW }
    for (const { message, edits } of this.#watcher.tell(later, [...this.#watchdog.rows], changes)) {
      if (edits || !/^incident\/.*\/parent$/.test(message.key)) continue
      this.#parents.set(message.key, (this.#parents.get(message.key) ?? 0) + 1)
    }
    expect([...this.#parents.values()].every(count => count === 1)).toBe(true)
    expect(this.#watcher.tell(later, [...this.#watchdog.rows], changes)).toEqual([])

    const { incidents, messages } = this.#watcher.state
    const told = incidents.filter(({ id }) => messages[incidentKeys(id).parent]?.status === 'posted')
    const losses = told.flatMap(({ group, losses }) =>
      losses.map(({ topic, partition, seenAt }) => ({ group, topic, partition, seenAt })),
    )
    for (const { group, topic, partition, seenAt, kind, gone } of this.#watchdog.rows) {
      if (gone && kind === 'simple') expect(losses).toContainEqual({ group, topic, partition, seenAt })
    }
  }

  /**
   * Without further events, each offset whose clock runs is gone by the latest deadline plus two sweeps, and no other
   * offset is.
   */
  end(): void {
    this.take(undisturbed)
    const readAt = this.kafka.now
    const from = this.kafka.vanished.length
    this.kafka.wait(3 * RETENTION)
    this.#checkExpiries(from)
    for (const row of this.#watchdog.rows) {
      if (row.gone || row.seenAt < readAt) continue
      const event = this.kafka.vanished.slice(from).find(is(row))
      if (row.deadline) expect(event?.at).toBeLessThanOrEqual(row.deadline.latest + 2 * SWEEP)
      else expect(event).toBeUndefined()
    }
  }
}

/** If a classic group is going to leave a topic, the deadline for that topic cannot be known in advance. */
const leftTheTopic = ({ kind, rule }: Commit, { hadMembers }: Vanished) =>
  hadMembers && kind === 'classic' && !rule.endsWith('-unsubscribed')

// `npm run histories` has more.
const numRuns = Number(process.env.HISTORIES ?? randomCases(150))

test(
  'no deadline is too early, and no loss is missed or made up, whatever happens to a cluster',
  () => {
    fc.assert(
      fc.property(history, ({ ahead, pendingGuards, steps }) => {
        const run = new Run(ahead, pendingGuards)
        for (const each of steps) {
          if ('act' in each) run.act(each.act)
          else run.take(each.take)
        }
        run.end()
      }),
      { numRuns },
    )
  },
  60_000 + 500 * numRuns,
)
