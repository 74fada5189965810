import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '../connection/connection.ts'
import { BrokerError } from '../protocol/errors.ts'
import { Problems } from './problems.ts'

export type ScanPhase = 'brokers' | 'groups' | 'offsets' | 'logs' | 'log'

/** @param done number of finished brokers, groups, partitions or, for `log`, records, out of `total` */
export type ScanProgress = (phase: ScanPhase, done: number, total: number) => void

/** One scan of a cluster: the state that all its steps share. */
export interface Scan {
  readonly connection: Connection
  readonly problems: Problems
  /**
   * Brokers that have left a request unanswered. This scan does not ask them again, since the time-outs would add up.
   */
  readonly silent: Set<number>
  /** Known coordinators, by group. */
  readonly coordinators: Map<string, number>
  /** True if FindCoordinator may be asked, which creates a missing `__consumer_offsets`. */
  mayFindCoordinators: boolean
  readonly signal: AbortSignal | undefined
  readonly progress: ScanProgress
}

export interface ScanOptions {
  signal?: AbortSignal | undefined
  progress?: ScanProgress | undefined
}

export const newScan = (connection: Connection, { signal, progress = () => {} }: ScanOptions): Scan => ({
  connection,
  problems: new Problems(),
  silent: new Set(),
  coordinators: new Map(),
  mayFindCoordinators: false,
  signal,
  progress,
})

/** The brokers that answer, by id. */
export const live = ({ connection, silent }: Scan): number[] =>
  [...connection.brokers.keys()].filter(broker => !silent.has(broker))

/**
 * A broker's answer; undefined if the broker fails as a whole. The failure becomes a problem, and the scan continues.
 */
export async function orProblem<T>(scan: Scan, asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    brokerFailed(scan, error)
    return undefined
  }
}

export function brokerFailed({ problems, silent }: Scan, error: BrokerError): void {
  problems.broker(error)
  if (isSilence(error)) silent.add(error.broker)
}

/** True if the broker answers nothing at all, rather than failing one request. */
export const isSilence = ({ code, isOneRequest }: BrokerError): boolean =>
  (code === 'unreachable' || code === 'timed-out') && !isOneRequest

/** ms to wait before each retry of errors that pass by themselves: a coordinator that loads, a leader that moves. */
const waits = [200, 400, 800, 1600]

/**
 * Asks about the `open` items until none is left or the retries are used up. Returns the items that are left.
 * @param ask returns the items to ask about again
 */
export async function retryUntilSettled<T>(
  { signal }: Scan,
  open: readonly T[],
  ask: (open: readonly T[]) => Promise<T[]>,
): Promise<T[]> {
  let left = await ask(open)
  for (const wait of waits) {
    if (left.length === 0) break
    await sleep(wait, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
    left = await ask(left)
  }
  return left
}
