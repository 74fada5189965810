import type { Problem, ProblemCode } from '../../core/model/commit.ts'
import type { TopicPartition } from '../../core/model/topic-partition.ts'
import { quotedName } from '../../text/quoted-name.ts'
import { type BrokerError, errorName, problemCode } from '../protocol/errors.ts'

interface ProblemCause {
  broker?: number
  code: ProblemCode
  subjects: Set<string>
  scope: Problem['scope']
  /** One sentence about the subjects, which are passed in as text: `group "a"`, `3 groups ("a", "b", "c")`. */
  tell: (subjects: string) => string
}

const remedies: Partial<Record<ProblemCode, string>> = {
  'not-authorized': 'grant the watchdog DESCRIBE on all groups',
  'not-loaded': 'the next snapshot asks again',
  'timed-out': 'the next snapshot asks again',
}

/** The problems of one scan, grouped by cause: 500 groups that fail alike are one problem. */
export class Problems {
  readonly #causes = new Map<string, ProblemCause>()
  readonly #others = new Map<string, Problem>()

  /** Adds a separate problem. A repeated problem is added once. */
  add(problem: Problem): void {
    this.#others.set(problem.message, problem)
  }

  /** A broker failed as a whole. */
  broker({ broker, code, message }: BrokerError): void {
    this.add({ scope: broker < 0 ? {} : { broker }, code, message })
  }

  /**
   * The broker that was asked for a group's coordinator or about the group answered with an error, or failed on this
   * group.
   */
  group(group: string, error: number | BrokerError, coordinator?: number): void {
    const isCode = typeof error === 'number'
    const code = isCode ? problemCode(error) : error.code
    // Rights are the same on every broker.
    const broker = code === 'not-authorized' ? undefined : coordinator
    const from = broker === undefined ? 'Kafka' : `Broker ${broker}`
    const why = isCode
      ? `the answer was ${errorName(error)}; ${remedies[code] ?? 'see the log of the broker'}.`
      : error.message

    this.#gather(`group ${broker} ${why}`, { group }, group, {
      ...(broker === undefined ? {} : { broker }),
      code,
      tell: groups => `${from} returned no data about ${groups}, so the last known data is kept: ${why}`,
    })
  }

  /** A group was asked for by name, and no coordinator knows it. */
  unheardOf(group: string): void {
    this.#gather('unheard of', { group }, group, {
      code: 'unknown',
      tell: groups =>
        `Kafka knows neither members nor offsets of ${groups}, which the settings name: check the spelling.`,
    })
  }

  /** A group has offsets, and its coordinator knows no such group. */
  contradiction(group: string): void {
    this.#gather('contradiction', { group }, group, {
      code: 'unknown',
      tell: groups =>
        `Kafka's data about ${groups} changed while it was read, so the last known data is kept: the next snapshot asks again.`,
    })
  }

  /** A group has offsets, and its coordinator does not list it. */
  listedOnlyLive(group: string): void {
    this.#gather('only live groups', { group }, group, {
      code: 'unsupported',
      tell: groups =>
        `This service is not supported: it does not list ${groups} although committed offsets exist. It lists groups only while they have members, so other stopped groups stay unknown.`,
    })
  }

  /**
   * A topic, or a group's offsets of it, could not be read.
   * @param error null if the answer leaves out the topic
   */
  topic(topic: string, error: number | null): void {
    const code = error === null ? 'undecodable' : problemCode(error)
    const answer = error === null ? 'the answer has no entry for it' : `the answer was ${errorName(error)}`
    const remedy =
      code === 'not-authorized' ? 'grant the watchdog DESCRIBE on all topics' : 'see the log of the broker'
    this.#gather(`topic ${answer}`, { topic }, topic, {
      code,
      tell: topics =>
        `Kafka returned no data about ${topics}, so the last known data is kept: ${answer}; ${remedy}.`,
    })
  }

  /** A group's members subscribe to a topic that is not visible. The group's offsets are read anyway. */
  subscriptionDenied(group: string): void {
    this.#gather('subscription denied', { group }, group, {
      code: 'not-authorized',
      tell: groups =>
        `The subscription of ${groups} cannot be read, because a topic in it is hidden: grant the watchdog DESCRIBE on all topics.`,
    })
  }

  /** A partition's log start and log end could not be read. */
  log({ topic, partition }: TopicPartition, error: number): void {
    const [code, name] = [problemCode(error), errorName(error)]
    const why = code === 'leaderless' ? 'because no leader answers' : `(${name})`
    this.#gather(`log ${name}`, { topic, partition }, `${topic}-${partition}`, {
      code,
      tell: logs =>
        `Kafka returned no log start and log end of ${logs} ${why}: the lag is not known until the next snapshot.`,
    })
  }

  /** The age of a partition's unread records could not be read. */
  times({ topic, partition }: TopicPartition, error: number): void {
    const name = errorName(error)
    this.#gather(`times ${name}`, { topic, partition }, `${topic}-${partition}`, {
      code: problemCode(error),
      tell: logs =>
        `Kafka answered ${name} when asked for offsets by time in ${logs}: the deletion time of unread records is not known until the next snapshot.`,
    })
  }

  /** A topic's settings could not be read. */
  configs(topic: string, error: number): void {
    const name = errorName(error)
    this.#gather(`configs ${name}`, { topic }, topic, {
      code: problemCode(error),
      tell: topics =>
        `Kafka does not return the settings of ${topics} (${name}): the deletion time of unread records is not known until the next snapshot.`,
    })
  }

  list(): Problem[] {
    const gathered = [...this.#causes.values()].map(({ code, broker, subjects, scope, tell }) => ({
      scope: { ...(broker === undefined ? {} : { broker }), ...(subjects.size === 1 ? scope : {}) },
      code,
      message: tell(describeSubjects(scope, [...subjects])),
    }))
    return [...this.#others.values(), ...gathered]
  }

  #gather(
    key: string,
    scope: Problem['scope'],
    subject: string,
    cause: Omit<ProblemCause, 'subjects' | 'scope'>,
  ) {
    const known = this.#causes.get(key)
    if (known) known.subjects.add(subject)
    else this.#causes.set(key, { ...cause, scope, subjects: new Set([subject]) })
  }
}

function describeSubjects(scope: Problem['scope'], subjects: string[]): string {
  const noun = scope.partition !== undefined ? 'partition' : scope.topic !== undefined ? 'topic' : 'group'
  const named = subjects.slice(0, 3).map(quotedName).join(', ')
  if (subjects.length === 1) return `${noun} ${named}`
  const more = subjects.length > 3 ? ` and ${subjects.length - 3} more` : ''
  return `${subjects.length} ${noun}s (${named}${more})`
}
