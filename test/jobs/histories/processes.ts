import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import { Failure } from '../../../functions/core/model/failure.ts'
import { BusFailure, SlackFailure } from '../../../functions/jobs/ports.ts'

const mishapKinds = [
  'dies-before',
  'dies-after',
  'is-stopped',
  'refuses',
  'limits',
  'lost-request',
  'lost-answer',
] as const

/**
 * A fault at the nth call of the store, of Slack or of the event bus: the process is killed before or after the call,
 * or is asked to stop, or the other side fails.
 */
export interface Mishap {
  at: number
  what: (typeof mishapKinds)[number]
}

/** The course of several processes that run at the same time. */
export interface Course {
  mishaps: readonly Mishap[]
  /** Which of the waiting calls goes through next; the list repeats. */
  order: readonly number[]
}

/** @param calls number of calls that the processes make */
export const course = (calls: number): fc.Arbitrary<Course> =>
  fc.record({
    mishaps: fc.array(fc.record({ at: fc.nat({ max: calls }), what: fc.constantFrom(...mishapKinds) }), {
      maxLength: 2,
    }),
    order: fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 8 }),
  })

export const undisturbed: Course = { mishaps: [], order: [0] }

export class Killed extends Error {}

/** Processes that run at the same time. Each one waits for its turn before each call of the store or of Slack. */
export class Processes {
  #course = undisturbed
  #calls = 0
  #waiting: (() => void)[] = []

  async run<T>(
    jobs: readonly ((process: Process) => Promise<T>)[],
    course: Course,
  ): Promise<PromiseSettledResult<T>[]> {
    this.#course = course
    this.#calls = 0
    let left = jobs.length
    const ends = Promise.allSettled(jobs.map(job => job(new Process(this.#turn)).finally(() => (left -= 1))))
    for (let turn = 0; left > 0; ) {
      await nextTurn()
      const waiting = this.#waiting.length
      if (waiting === 0) continue
      const [next] = this.#waiting.splice((course.order[turn % course.order.length] ?? 0) % waiting, 1)
      next?.()
      turn++
    }
    return ends
  }

  /** @returns the fault of this call */
  readonly #turn = async (): Promise<Mishap['what'] | undefined> => {
    await new Promise<void>(resolve => this.#waiting.push(resolve))
    const nth = this.#calls++
    return this.#course.mishaps.find(({ at }) => at === nth)?.what
  }
}

type Service = 'store' | 'slack' | 'bus'

/** One process, as other processes see it. */
export class Process {
  readonly #turn: () => Promise<Mishap['what'] | undefined>
  readonly #stop = new AbortController()
  #isDead = false

  constructor(turn: () => Promise<Mishap['what'] | undefined>) {
    this.#turn = turn
  }

  /** Aborts when the process is asked to stop. The process then has a moment left to save. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  async call<T>(service: Service, work: () => T): Promise<T> {
    if (this.#isDead) throw new Killed()
    const mishap = await this.#turn()
    if (this.#isDead || mishap === 'dies-before') throw this.#killed()
    if (mishap === 'refuses' || mishap === 'limits' || mishap === 'lost-request')
      throw failure(service, mishap)
    if (mishap === 'is-stopped') this.#stop.abort()
    const result = work()
    if (mishap === 'dies-after') throw this.#killed()
    if (mishap === 'lost-answer') throw failure(service, mishap)
    return result
  }

  #killed(): Killed {
    this.#isDead = true
    return new Killed()
  }
}

const troubles = {
  refuses: 'not-posted',
  limits: 'rate-limited',
  'lost-request': 'unsure',
  'lost-answer': 'unsure',
} as const

function failure(service: Service, mishap: keyof typeof troubles): Failure {
  if (service === 'slack') return new SlackFailure(troubles[mishap], `${mishap}.`)
  if (service === 'bus' && mishap !== 'refuses') return new BusFailure(`the bus ${mishap}.`)
  return new Failure(`the ${service} ${mishap}.`)
}
