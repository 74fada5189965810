import { CommittedOffsets } from '../../core/columns/committed-offsets.ts'
import { GROUP_ID_NOT_FOUND } from '../protocol/error-codes.ts'
import { BrokerError, problemCode } from '../protocol/errors.ts'
import { COORDINATORS_OF_MANY_GROUPS, findCoordinator } from '../protocol/messages/find-coordinator.ts'
import { offsetFetch } from '../protocol/messages/offset-fetch.ts'
import { atMost, chunks } from './in-parts.ts'
import { brokerFailed, isSilence, live, orProblem, retryUntilSettled, type Scan } from './scan.ts'

/**
 * Requests in flight to one broker. The broker handles the requests of a connection one by one, so this only saves
 * round trips.
 */
const PIPELINE = 64
const GROUPS_PER_FIND_COORDINATOR = 1000
const NOBODY = -1

interface OfGroup {
  group: string
  error: number
}

/** A request that a coordinator answers for several groups at once. */
export interface Question<Answer extends OfGroup> {
  /** How many groups one request may name at this broker. */
  batch(broker: number): Promise<number>
  /** @throws BrokerError */
  ask(broker: number, groups: string[]): Promise<Answer[]>
  /** Error codes, besides 0, that count as answers. */
  accepts?: readonly number[]
}

/**
 * COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE and NOT_COORDINATOR pass when the coordinator has loaded or
 * moved.
 */
export const isRetriable = (error: number): boolean => problemCode(error) === 'not-loaded'

/**
 * Asks once for the coordinators of `groups`. Does nothing if the request could create `__consumer_offsets`.
 * @param refused receives the groups with an error that does not pass; by default they become problems
 * @returns the groups without an available coordinator
 */
export async function locate(
  scan: Scan,
  groups: readonly string[],
  refused = (group: string, error: number) => scan.problems.group(group, error),
): Promise<string[]> {
  if (!scan.mayFindCoordinators || groups.length === 0) return []
  const { connection, coordinators } = scan

  const versions = await Promise.all(
    live(scan).map(broker => orProblem(scan, connection.version(broker, findCoordinator))),
  )
  const many = versions.every(version => version === undefined || version >= COORDINATORS_OF_MANY_GROUPS)
  const batches = chunks(groups, many ? GROUPS_PER_FIND_COORDINATOR : 1)

  const left: string[] = []
  await atMost(PIPELINE, batches, async batch => {
    const found = await orProblem(scan, connection.sendToAny(findCoordinator, { groups: batch }))
    if (found === undefined) return
    const answered = new Set(found.map(({ group }) => group))
    left.push(...batch.filter(group => !answered.has(group)))
    for (const { group, error, broker } of found) {
      if (error === 0) coordinators.set(group, broker)
      else if (isRetriable(error)) left.push(group)
      else refused(group, error)
    }
  })

  const { brokers } = connection
  const isNew = groups.some(group => !brokers.has(coordinators.get(group) ?? NaN))
  if (isNew) await orProblem(scan, connection.refresh())
  return left
}

/**
 * True if a cluster without a visible `__consumer_offsets` still coordinates groups, as several services do. The
 * request is OffsetFetch, since FindCoordinator would create the topic in Apache Kafka. Without the topic, Apache
 * Kafka's brokers answer NOT_COORDINATOR.
 */
export async function coordinatesUnseen(scan: Scan, group: string): Promise<boolean> {
  const answers = await Promise.all(
    live(scan).map(broker => {
      const request = { groups: [{ group, topics: null }], requireStable: true, into: new CommittedOffsets() }
      return orProblem(scan, scan.connection.send(broker, offsetFetch, request))
    }),
  )
  return answers.some(answer => answer?.some(({ error }) => error === 0 || error === GROUP_ID_NOT_FOUND))
}

/**
 * Asks every group's coordinator, in batches, all brokers at once. If a coordinator has moved or still loads, it is
 * looked up and asked again for some seconds. A group that is missing from the result was not read; the scan's problems
 * say why.
 */
export async function askCoordinators<Answer extends OfGroup>(
  scan: Scan,
  groups: readonly string[],
  question: Question<Answer>,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>()
  const errors = new Map<string, Failed>()
  const accepts = new Set([0, ...(question.accepts ?? [])])

  async function ask(open: readonly string[]): Promise<string[]> {
    const byBroker = Map.groupBy(open, group => scan.coordinators.get(group) ?? NOBODY)
    byBroker.delete(NOBODY)
    const results = await Promise.all(
      [...byBroker].map(([broker, groups]) => askBroker(scan, broker, groups, question)),
    )

    const again: string[] = []
    for (const result of results.flat()) {
      const { group, error } = result
      errors.delete(group)
      if ('answer' in result && accepts.has(result.error)) answers.set(group, result.answer)
      else errors.set(group, result)
      if (typeof error === 'number' && isRetriable(error)) again.push(group)
    }
    return again
  }

  let isFirst = true
  await retryUntilSettled(scan, groups, async open => {
    if (!isFirst) await locate(scan, open)
    isFirst = false
    return ask(open)
  })

  for (const { group, broker, error } of errors.values()) scan.problems.group(group, error, broker)
  return answers
}

interface Failed {
  group: string
  broker: number
  /** Kafka's error code, or the failure of a request about this group alone. */
  error: number | BrokerError
}

type GroupResult<Answer> = Failed | (Failed & { error: number; answer: Answer })

/** Failures that a smaller request may avoid: one group may cause them, or the number of requests in flight. */
const worthAnotherTry: ReadonlySet<BrokerError['code']> = new Set(['unreachable', 'timed-out', 'undecodable'])
/**
 * After this many requests in a row without an answer, the broker is given up. One slow group can cause two of them: in
 * the last part of one size and in the first part of the next.
 */
const MOST_IN_VAIN = 3

/**
 * Asks one broker in batches, many at once. Batches that fail are asked again one by one, in smaller and smaller parts,
 * down to the group that causes the failure. After three such requests in a row without an answer the broker is given
 * up, and its groups are missing from the result.
 */
async function askBroker<Answer extends OfGroup>(
  scan: Scan,
  broker: number,
  groups: string[],
  question: Question<Answer>,
): Promise<GroupResult<Answer>[]> {
  if (scan.silent.has(broker)) return []
  const batch = await orProblem(scan, question.batch(broker))
  if (batch === undefined) return []

  const results: GroupResult<Answer>[] = []
  const failures: FailedBatch[] = []
  let inVain = 0

  async function attempt(part: string[], isAlone: boolean): Promise<void> {
    try {
      const answers = await question.ask(broker, part)
      for (const answer of answers) results.push({ group: answer.group, broker, error: answer.error, answer })
      const answered = new Set(answers.map(({ group }) => group))
      for (const group of part)
        if (!answered.has(group)) results.push({ group, broker, error: leftOut(broker) })
      inVain = 0
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error
      failures.push({ part, error, isAlone })
      if (isAlone && isSilence(error)) inVain++
    }
  }

  await atMost(PIPELINE, chunks(groups, batch), part => attempt(part, false))

  // The loop appends to `failures` while it runs.
  for (const { part, error, isAlone } of failures) {
    if (inVain >= MOST_IN_VAIN || !worthAnotherTry.has(error.code)) {
      brokerFailed(scan, error)
      break
    }
    const [group] = part
    if (isAlone && part.length === 1 && group !== undefined) {
      results.push({ group, broker, error })
      continue
    }
    for (const piece of chunks(part, Math.floor(Math.sqrt(part.length))))
      if (inVain < MOST_IN_VAIN) await attempt(piece, true)
  }
  return results
}

const leftOut = (broker: number): BrokerError =>
  new BrokerError(broker, 'undecodable', 'its answer has no entry for a group that was asked for.')

interface FailedBatch {
  part: string[]
  error: BrokerError
  /** True if no other request to this broker was in flight. */
  isAlone: boolean
}
