import { setTimeout as sleep } from 'node:timers/promises'
import { errorText, Failure } from '../core/model/failure.ts'
import { hasNoMembers } from '../core/model/group-state.ts'
import { keyOf, type TopicPartition } from '../core/model/topic-partition.ts'
import { firstPart, MOST_BYTES, recordBytes } from '../core/recovery/commit-parts.ts'
import { type CurrentGroup, type CurrentPartition, NotAnswering } from '../core/recovery/current-group.ts'
import { holds, isWritten, type PlanRow } from '../core/recovery/restore-plan.ts'
import type { RestoreIntent, RestoreResult, RowOutcome, RowResult } from '../core/recovery/restore-record.ts'
import { MINUTE } from '../core/time.ts'
import type { RestoredKafka, RestoreStore } from './ports.ts'
import type { ProposedRestore } from './propose-restore.ts'

export interface Restore {
  proposed: ProposedRestore
  kafka: RestoredKafka
  restores: Pick<RestoreStore, 'begin' | 'end'>
  by: RestoreIntent['by']
  toolVersion: string
  /** ms since the epoch */
  now: () => number
  /** ms until the second reading, which shows whether an unseen consumer has overwritten the offsets. */
  lookAgainAfter?: number
  /** ms to wait for a moving coordinator. */
  patience?: number
  signal: AbortSignal
  /** Gets each step with its number of offsets. `wait`: ms until these offsets are read again. */
  tell: (step: RestoreStep, offsets: number, wait: number) => void
  /** ms between two tries while Kafka does not answer. */
  pause?: number
}

export type RestoreStep = 'written' | 'read back'

/** ms. A consumer with auto-commit commits every 5 s by default. */
const LOOK_AGAIN_AFTER = 30_000
const PATIENCE = MINUTE

export interface Execution {
  result: RestoreResult
  /** Why the store has no record of the result; null if the store has one. */
  unrecorded: string | null
}

/**
 * Executes a plan. Reads the group again before each write, and reads the written offsets back. After the first of
 * these readings, the result has an outcome for each partition even if the run fails.
 * @throws Failure if the store cannot record the plan; nothing is written then
 */
export async function restore(options: Restore): Promise<Execution> {
  const { proposed, restores, by, toolVersion, now, signal } = options
  const { cluster, clusterId, source, plan } = proposed
  const startedAt = now()
  await restores.begin({ cluster, clusterId, group: plan.group, startedAt, by, toolVersion, source, plan })

  const restoring = new Restoring(options)
  let lookedAgainAt: number | null = null
  let trouble: unknown
  try {
    await restoring.write()
    if (restoring.hasWritten) lookedAgainAt = await restoring.prove()
  } catch (error) {
    trouble = signal.aborted ? signal.reason : error
    restoring.stopped(trouble)
  }

  const rows = restoring.results()
  const result = { cluster, group: plan.group, startedAt, finishedAt: now(), lookedAgainAt, rows }
  const unrecorded = await restores.end(result).then(() => null, errorText)
  if (trouble !== undefined && !(trouble instanceof Failure) && !signal.aborted) throw trouble
  return { result, unrecorded }
}

class Restoring {
  readonly #options: Restore
  readonly #rows: PlanRow[]
  readonly #written = new Set<PlanRow>()
  readonly #results = new Map<PlanRow, Pick<RowResult, 'outcome' | 'found' | 'why'>>()
  /** Rows without an answer. */
  #open: readonly PlanRow[]
  /** Most bytes of records in one request, as far as the brokers' answers have shown. */
  #mostBytes = MOST_BYTES

  constructor(options: Restore) {
    this.#options = options
    this.#rows = options.proposed.plan.rows.filter(isWritten)
    this.#open = this.#rows
    for (const row of this.#rows) this.#set(row, 'failed', row.currentOffset, 'the write was not tried')
  }

  get hasWritten(): boolean {
    return this.#written.size > 0
  }

  results(): RowResult[] {
    return this.#rows.map(row => {
      const { outcome = 'failed', found = null, why = null } = this.#results.get(row) ?? {}
      return { topic: row.topic, partition: row.partition, target: row.target, outcome, found, why }
    })
  }

  /** Completes the reason of each unfinished row, whose outcome stays `failed` or `unsure`. */
  stopped(reason: unknown): void {
    const open = new Set(this.#open)
    for (const [row, { outcome, found, why }] of this.#results) {
      const isOpen = outcome === 'unsure' || (outcome === 'failed' && open.has(row))
      if (isOpen) this.#set(row, outcome, found, `${why}: ${errorText(reason)}`)
    }
  }

  /**
   * Checks and writes one part after the other, until each row has its answer or the time is over. Each part has its
   * own check, so that a member or a commit between two parts prevents the later writes.
   */
  async write(): Promise<void> {
    const { now, patience = PATIENCE, proposed } = this.#options
    let until = now() + patience
    while (this.#open.length > 0) {
      const part = firstPart(proposed.plan.group, this.#open, this.#mostBytes)
      try {
        const { later, smaller } = await this.#attempt(part)
        this.#open = [...later, ...smaller, ...this.#open.slice(part.length)]
        if (later.length === 0) {
          until = now() + patience
          continue
        }
      } catch (error) {
        if (!(error instanceof NotAnswering) || now() > until) throw error
      }
      if (now() > until) return
      await this.#pause()
    }
  }

  /**
   * Reads the written offsets back. Reads them once more after an unseen consumer had time to commit.
   * @returns time of the second reading, ms since the epoch
   */
  async prove(): Promise<number> {
    const { tell, lookAgainAfter = LOOK_AGAIN_AFTER, now } = this.#options
    tell('written', this.#written.size, 0)
    await this.#readBack()
    tell('read back', this.#written.size, lookAgainAfter)
    await this.#pause(lookAgainAfter)
    await this.#readBack()
    return now()
  }

  /** @returns the rows to try again: later, or fewer of them at once */
  async #attempt(part: readonly PlanRow[]): Promise<{ later: PlanRow[]; smaller: PlanRow[] }> {
    const { kafka, proposed } = this.#options
    const { group } = proposed.plan
    const current = await kafka.read(group, part)
    const found = byKeyOf(current.partitions)
    const ready = part.filter(row => this.#isReady(row, found.get(keyOf(row)), current))
    if (ready.length === 0) return { later: [], smaller: [] }

    for (const row of ready) this.#set(row, 'unsure', row.currentOffset, 'Kafka has not answered')
    const answers = await kafka.write(group, ready.map(offsetToWrite))
    const byKey = byKeyOf(answers)
    const later: PlanRow[] = []
    const smaller: PlanRow[] = []
    for (const row of ready) {
      const { outcome, why } = byKey.get(keyOf(row)) ?? { outcome: 'unsure', why: 'Kafka has not answered' }
      if (outcome === 'written') this.#hasBeenWritten(row)
      else if (outcome === 'members') this.#set(row, 'members', row.currentOffset, why)
      else this.#set(row, outcome === 'unsure' ? 'unsure' : 'failed', row.currentOffset, why)

      if (outcome === 'unsure') later.push(row)
      else if (outcome === 'too-large' && ready.length > 1) smaller.push(row)
    }
    if (smaller.length > 0) {
      this.#mostBytes = Math.min(this.#mostBytes, recordBytes(group, smaller) / 2)
      for (const row of smaller)
        this.#set(
          row,
          'failed',
          row.currentOffset,
          'the request was too large, and a smaller one was not tried',
        )
    }
    return { later, smaller }
  }

  /** True if the plan still holds for a row. Otherwise sets the row's result. */
  #isReady(row: PlanRow, found: CurrentPartition | undefined, current: CurrentGroup): boolean {
    const { plan, belowStart } = this.#options.proposed
    const offset = offsetOf(found)
    // A write without an answer may have taken effect.
    const wasTried = this.#results.get(row)?.outcome === 'unsure'

    if (offset === row.target && wasTried) this.#hasBeenWritten(row)
    else if (offset === row.target) this.#set(row, 'already-there', offset)
    else if (!hasNoMembers(current))
      this.#set(row, 'members', offset, 'members have joined since the plan was made')
    else if (current.state === 'Dead' && plan.state !== 'Dead')
      this.#set(row, 'changed', offset, 'the group was deleted since the plan was made')
    else if (!found || !holds(row, found, current, belowStart))
      this.#set(row, 'changed', offset, changeOf(row, found))
    else return true
    return false
  }

  #hasBeenWritten(row: PlanRow): void {
    this.#written.add(row)
    this.#set(row, 'unsure', row.target, 'written, but not read back')
  }

  async #readBack(): Promise<void> {
    const current = await this.#readPatiently([...this.#written])
    const byKey = byKeyOf(current.partitions)
    for (const row of this.#written) {
      const found = byKey.get(keyOf(row))
      const offset = offsetOf(found)
      if (isTarget(row, found)) this.#set(row, 'restored', offset)
      else if (!found || found.committed === 'not-known' || found.committed === 'pending')
        this.#set(row, 'unsure', null, 'written, but it could not be read back')
      else if (hasNoMembers(current)) this.#set(row, 'overwritten', offset, overwrittenBy(offset))
      else this.#set(row, 'restored', offset, 'members have joined since, and continue from there')
    }
  }

  async #readPatiently(rows: readonly PlanRow[]): Promise<CurrentGroup> {
    const { kafka, proposed, now, patience = PATIENCE } = this.#options
    const until = now() + patience
    for (;;) {
      try {
        return await kafka.read(proposed.plan.group, rows)
      } catch (error) {
        if (!(error instanceof NotAnswering) || now() > until) throw error
        await this.#pause()
      }
    }
  }

  async #pause(ms = this.#options.pause ?? 1000): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.signal })
  }

  #set(row: PlanRow, outcome: RowOutcome, found: bigint | null, why: string | null = null): void {
    this.#results.set(row, { outcome, found, why })
  }
}

const offsetToWrite = ({ topic, partition, target, leaderEpoch, metadata }: PlanRow) => ({
  topic,
  partition,
  offset: target,
  leaderEpoch,
  metadata,
})

const byKeyOf = <T extends TopicPartition>(items: readonly T[]): Map<string, T> =>
  new Map(items.map(item => [keyOf(item), item]))

const offsetOf = (found: CurrentPartition | undefined): bigint | null =>
  found === undefined || typeof found.committed === 'string' ? null : found.committed.offset

/** True if Kafka has the target. A broker with inter.broker.protocol.version below 2.1 keeps no leader epoch. */
function isTarget({ target, metadata, leaderEpoch }: PlanRow, found: CurrentPartition | undefined): boolean {
  if (found === undefined || typeof found.committed === 'string') return false
  const { committed } = found
  const isSameEpoch = committed.leaderEpoch === leaderEpoch || committed.leaderEpoch === null
  return committed.offset === target && committed.metadata === metadata && isSameEpoch
}

function changeOf(row: PlanRow, found: CurrentPartition | undefined): string {
  const offset = offsetOf(found)
  if (offset !== null && offset !== row.currentOffset)
    return `${offset} was committed since the plan was made`
  if (found?.committed === 'none' && row.currentOffset !== null)
    return 'its offset has disappeared since the plan was made'
  return 'its offset, topic or log has changed since the plan was made'
}

const overwrittenBy = (offset: bigint | null): string =>
  offset === null
    ? 'the offset was deleted since'
    : `a client that is no member has committed ${offset} since, such as a consumer with assign() or MirrorMaker 2; stop the client, and run this command again`
