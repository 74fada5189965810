import type { Problem, ProblemCode } from '../core/model.ts'
import { type BrokerError, errorName, problemCode } from './errors.ts'
import type { TopicPartition } from './known-groups.ts'

interface Cause {
  broker?: number
  code: ProblemCode
  subjects: Set<string>
  scope: Problem['scope']
  /** One sentence about the subjects, which are given in words: `group "a"`, `3 groups ("a", "b" and "c")`. */
  tell: (subjects: string) => string
}

const remedies: Partial<Record<ProblemCode, string>> = {
  'not-authorized': 'grant the watchdog DESCRIBE on all groups',
  'not-loaded': 'the next snapshot asks again',
  'timed-out': 'the next snapshot asks again',
}

/** What could not be read in one pass, gathered by cause: 500 groups that failed alike are one problem. */
export class Problems {
  readonly #causes = new Map<string, Cause>()
  readonly #others = new Map<string, Problem>()

  /** A problem of its own; the same one again is not repeated. */
  add(problem: Problem): void {
    this.#others.set(problem.message, problem)
  }

  /** A broker failed as a whole. */
  broker({ broker, code, message }: BrokerError): void {
    this.add({ scope: broker < 0 ? {} : { broker }, code, message })
  }

  /** A group's coordinator, or whoever was asked for it, answered with an error or failed over this group. */
  group(group: string, error: number | BrokerError, coordinator?: number): void {
    const code = typeof error === 'number' ? problemCode(error) : error.code
    const cause = typeof error === 'number' ? errorName(error) : error.message
    // Rights are the same everywhere.
    const broker = code === 'not-authorized' ? undefined : coordinator
    const from = broker === undefined ? 'Kafka' : `Broker ${broker}`

    this.#gather(`group ${broker} ${cause}`, { group }, `"${group}"`, {
      ...(broker === undefined ? {} : { broker }),
      code,
      tell: groups =>
        `${from} did not tell about ${groups} (${cause}), and what is known stays as it was last seen: ${remedies[code] ?? 'see the log of the broker'}.`,
    })
  }

  /** A group has offsets, and its coordinator knows no such group. */
  contradiction(group: string): void {
    this.#gather('contradiction', { group }, `"${group}"`, {
      code: 'unknown',
      tell: groups =>
        `What Kafka told about ${groups} changed while it was read, and what is known stays as it was last seen: the next snapshot asks again.`,
    })
  }

  /** A topic, or a group's offsets of it, could not be read. */
  topic(topic: string, error: number): void {
    const [code, name] = [problemCode(error), errorName(error)]
    const remedy =
      code === 'not-authorized' ? 'grant the watchdog DESCRIBE on all topics' : 'see the log of the broker'
    this.#gather(`topic ${name}`, { topic }, `"${topic}"`, {
      code,
      tell: topics =>
        `Kafka did not tell about ${topics} (${name}), and what is known stays as it was last seen: ${remedy}.`,
    })
  }

  /** A group whose members subscribe to a topic that may not be seen: its offsets are read all the same. */
  subscriptionDenied(group: string): void {
    this.#gather('subscription denied', { group }, `"${group}"`, {
      code: 'not-authorized',
      tell: groups =>
        `The subscription of ${groups} cannot be seen, because a topic in it may not be: grant the watchdog DESCRIBE on all topics.`,
    })
  }

  /** A partition's log start and end could not be read. */
  log({ topic, partition }: TopicPartition, error: number): void {
    const [code, name] = [problemCode(error), errorName(error)]
    const why = code === 'leaderless' ? 'has no leader that answers' : `answered ${name}`
    this.#gather(`log ${name}`, { topic, partition }, `"${topic}"-${partition}`, {
      code,
      tell: logs => `The log of ${logs} ${why}: its lag is not known until the next snapshot.`,
    })
  }

  list(): Problem[] {
    const gathered = [...this.#causes.values()].map(({ code, broker, subjects, scope, tell }) => ({
      scope: { ...(broker === undefined ? {} : { broker }), ...(subjects.size === 1 ? scope : {}) },
      code,
      message: tell(inWords(scope, [...subjects])),
    }))
    return [...this.#others.values(), ...gathered]
  }

  #gather(key: string, scope: Problem['scope'], subject: string, cause: Omit<Cause, 'subjects' | 'scope'>) {
    const known = this.#causes.get(key)
    if (known) known.subjects.add(subject)
    else this.#causes.set(key, { ...cause, scope, subjects: new Set([subject]) })
  }
}

function inWords(scope: Problem['scope'], subjects: string[]): string {
  const noun = scope.partition !== undefined ? 'partition' : scope.topic !== undefined ? 'topic' : 'group'
  const named = subjects.slice(0, 3).join(', ')
  if (subjects.length === 1) return `${noun} ${named}`
  const more = subjects.length > 3 ? ` and ${subjects.length - 3} more` : ''
  return `${subjects.length} ${noun}s (${named}${more})`
}
