import fc from 'fast-check'
import type { WatchdogEvent } from '../../../functions/contracts/events/event.ts'
import { parsePublished } from '../../../functions/contracts/events/published.ts'
import { type AlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import type { RecordedAction } from '../../../functions/core/alerts/recorded-action.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import { Failure } from '../../../functions/core/model/failure.ts'
import type { ClusterSettings } from '../../../functions/core/model/settings.ts'
import { acknowledge } from '../../../functions/jobs/acknowledge.ts'
import { mute } from '../../../functions/jobs/mute.ts'
import {
  type ActionStore,
  BusFailure,
  Conflict,
  type Events,
  type Unsent,
} from '../../../functions/jobs/ports.ts'
import { publishIncidents } from '../../../functions/jobs/publish-incidents.ts'
import { recordActions } from '../../../functions/jobs/record-actions.ts'
import { watch } from '../../../functions/jobs/watch.ts'
import { now } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../../core/readings.ts'
import { aHead } from '../../slack/messages/heads.ts'
import { cluster, kari } from '../parts.ts'
import { type Becomes, changes, Groups, nameOf, otherChanges, PARTITIONS } from './groups.ts'
import { type Course, course, Killed, type Process, Processes, undisturbed } from './processes.ts'

/** Possible changes of groups, of settings and state, and faults of a run of watch and publish. */
export type Step =
  | { do: 'wait'; ms: number }
  | { do: 'partition'; partition: number; becomes: Becomes }
  | { do: 'all of'; group: number; becomes: Becomes }
  | { do: 'acknowledge' | 'ignore' | 'watch again'; group: number }
  | { do: 'mute'; group: number; ms: number }
  | { do: 'change the route' | 'reset the alert state' }
  | { do: 'retention'; days: number }
  | { do: 'snapshots'; canBeUsed: boolean }
  | { do: 'run'; course: Course }

const GROUPS = 4
const group = fc.nat({ max: GROUPS - 1 })
const partition = fc.nat({ max: GROUPS * PARTITIONS - 1 })
const becomes = fc.constantFrom(...changes, ...otherChanges)
const just = <T extends Step['do']>(name: T) => ({ do: fc.constant(name) })

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        ...just('wait'),
        ms: fc.oneof(
          fc.integer({ min: MINUTE, max: 5 * HOUR }),
          fc.integer({ min: 6 * DAY, max: 120 * DAY }),
        ),
      }),
    },
    { weight: 4, arbitrary: fc.record({ ...just('partition'), partition, becomes }) },
    { weight: 4, arbitrary: fc.record({ ...just('all of'), group, becomes }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('acknowledge', 'ignore', 'watch again'), group }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ ...just('mute'), group, ms: fc.integer({ min: HOUR, max: 10 * DAY }) }),
    },
    { weight: 1, arbitrary: fc.record(just('change the route')) },
    { weight: 1, arbitrary: fc.record(just('reset the alert state')) },
    {
      weight: 1,
      arbitrary: fc.record({ ...just('retention'), days: fc.constantFrom(1, 7, 60) }),
    },
    { weight: 1, arbitrary: fc.record({ ...just('snapshots'), canBeUsed: fc.boolean() }) },
    { weight: 8, arbitrary: fc.record({ ...just('run'), course: course(14) }) },
  ),
  { minLength: 3, maxLength: 40 },
)

/** A cluster, a store, an event bus, and runs that may die at any moment. There is no Slack. */
export class BusWorld {
  /** The events that the bus accepted, in order; some of them twice. */
  readonly received: WatchdogEvent[] = []
  /** Deadlines that were opened or escalated during a silence of their group. The list must stay empty. */
  readonly wrongs: WatchdogEvent[] = []
  #time = now
  #days = 7
  #canBeUsed = true
  #routes = 0
  readonly #ignored = new Set<string>()
  /** When the silence of each group ends. */
  readonly #mutedUntil = new Map<string, number>()
  readonly #groups = new Groups()
  readonly #processes = new Processes()
  readonly #done: RecordedAction[] = []
  readonly #actions: ActionStore = {
    record: async action => void this.#done.push(action),
    since: async (_, time) => this.#done.filter(({ at }) => at >= time),
  }
  readonly #objects = { state: new Versioned(), published: new Versioned() }

  get state(): AlertState {
    return parseAlertState(JSON.parse(this.#objects.state.json ?? ''))
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.#time += step.ms
        return
      case 'partition':
        return this.#groups.become(step.partition, step.becomes, this.#time)
      case 'all of':
        for (let each = 0; each < PARTITIONS; each++)
          this.#groups.become(step.group * PARTITIONS + each, step.becomes, this.#time)
        return
      case 'acknowledge':
        await this.#processes.run(
          [
            process =>
              acknowledge(this.#alerts(process), 'prod', nameOf(step.group), this.#time, { by: kari }),
          ],
          undisturbed,
        )
        return
      case 'mute':
        return this.#mute(nameOf(step.group), step.ms)
      case 'ignore':
        this.#ignored.add(nameOf(step.group))
        return
      case 'watch again':
        this.#ignored.delete(nameOf(step.group))
        return
      case 'change the route':
        this.#routes++
        return
      case 'reset the alert state':
        this.#objects.state.remove()
        this.#mutedUntil.clear()
        return
      case 'retention':
        this.#days = step.days
        return
      case 'snapshots':
        this.#canBeUsed = step.canBeUsed
        return
      case 'run':
        this.#time += 1000
        await this.#processes.run([this.#run], step.course)
    }
  }

  async #mute(pattern: string, ms: number): Promise<void> {
    const rule = { pattern, from: this.#time, until: this.#time + ms, reason: 'a test' }
    await this.#processes.run(
      [process => mute({ alerts: this.#alerts(process), actions: this.#actions }, 'prod', rule, kari)],
      undisturbed,
    )
    this.#mutedUntil.set(pattern, rule.until)
  }

  /** Everything works again, each silence has ended, and the watchdog has had time to find out. */
  async settle(): Promise<void> {
    this.#canBeUsed = true
    this.#time = Math.max(this.#time, ...this.#mutedUntil.values())
    for (let run = 0; run < 4; run++) {
      this.#time += 15 * MINUTE
      const [end] = await this.#processes.run([this.#run], undisturbed)
      if (end?.status === 'rejected') throw end.reason
    }
  }

  get #cluster(): ClusterSettings {
    const ignore = [...this.#ignored].map(pattern => ({ pattern, reason: 'a test', until: undefined }))
    const routes = [{ pattern: '*', channel: `#team-${this.#routes}`, mention: undefined }]
    return { ...cluster, policy: { ...cluster.policy, ignore, routes } }
  }

  readonly #run = async (process: Process): Promise<void> => {
    const retention = this.#days * DAY
    const head = aHead({
      takenAt: this.#time - MINUTE,
      retention: [{ broker: 1, retention, sweep: 0, source: 'broker' }],
    })
    const snapshot = { head, commits: CommitTable.from(this.#groups.commits) }
    const common = {
      cluster: this.#cluster,
      snapshots: { newest: async () => (this.#canBeUsed ? snapshot : undefined) },
      alerts: this.#alerts(process),
      actions: this.#actions,
      interval: 15 * MINUTE,
    }
    await recordActions(common.alerts, common.actions, 'prod').catch(unlessFailure)
    const watching = { ...common, notifier: undefined, digestAt: 8 * HOUR, now: () => this.#time }
    await watch({ ...watching, signal: process.signal }).catch(unlessFailure)
    const published = this.#objects.published.seenBy(process, parsePublished)
    await publishIncidents({ ...common, published, events: this.#bus(process), now: this.#time }).catch(
      unlessFailure,
    )
  }

  #alerts(process: Process) {
    return this.#objects.state.seenBy(process, parseAlertState)
  }

  #receive(event: WatchdogEvent): void {
    this.received.push(event)
    const { detail } = event
    if (!('kind' in detail) || detail.kind === 'loss') return
    const isCall = detail.action === 'opened' || detail.action === 'escalated'
    if (isCall && this.#time < (this.#mutedUntil.get(detail.group) ?? 0)) this.wrongs.push(event)
  }

  #bus(process: Process): Events {
    return {
      publish: async events => {
        const unsent: Unsent[] = []
        let down: Failure | undefined
        for (const event of events) {
          if (down === undefined) {
            const why = await process
              .call('bus', () => this.#receive(event))
              .catch((error: Failure | Killed) => error)
            if (why instanceof Killed) throw why
            if (why) unsent.push({ event, why })
            if (why instanceof BusFailure) down = why
          } else unsent.push({ event, why: down })
        }
        return unsent
      },
    }
  }
}

const unlessFailure = (error: unknown): void => {
  if (!(error instanceof Failure)) throw error
}

/** One object of a store that is often replaced. */
class Versioned {
  json: string | undefined
  #version = 0

  remove(): void {
    this.json = undefined
    this.#version++
  }

  seenBy<State>(process: Process, parse: (json: unknown) => State) {
    const current = () => (this.json === undefined ? undefined : String(this.#version))
    return {
      read: () =>
        process.call('store', () =>
          this.json === undefined
            ? undefined
            : { state: parse(JSON.parse(this.json)), version: String(this.#version) },
        ),
      write: (_: string, state: State, version: string | undefined) =>
        process.call('store', () => {
          if (version !== current()) throw new Conflict('it')
          this.json = JSON.stringify(state)
          return String(++this.#version)
        }),
    }
  }
}
