import fc from 'fast-check'
import { type AlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { type AtRisk, atRisks, isLoss } from '../../../functions/core/alerts/incident.ts'
import type { AlertMessage, MessageLocation } from '../../../functions/core/alerts/message.ts'
import type { Notice } from '../../../functions/core/alerts/notice.ts'
import { isSilenced } from '../../../functions/core/alerts/silenced.ts'
import { CommitTable } from '../../../functions/core/columns/commit-table.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { acknowledge } from '../../../functions/jobs/acknowledge.ts'
import { mute } from '../../../functions/jobs/mute.ts'
import { type Alerts, Conflict, type Notifier, SlackFailure } from '../../../functions/jobs/ports.ts'
import { type WatchResult, watch } from '../../../functions/jobs/watch.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { now } from '../../builders/commits.ts'
import { DAY, HOUR, MINUTE } from '../../core/readings.ts'
import { aHead } from '../../slack/messages/heads.ts'
import { cluster, kari } from '../parts.ts'
import { type Becomes, changes, Groups, nameOf, PARTITIONS, stoppedGroup } from './groups.ts'
import { type Course, course, type Process, Processes, undisturbed } from './processes.ts'

/** Possible changes of groups and their partitions, and faults of a run of the watch. */
export type Step =
  | { do: 'wait'; minutes: number }
  | { do: 'partition'; partition: number; becomes: Becomes }
  | { do: 'group'; group: number; becomes: Becomes }
  | { do: 'all'; becomes: Becomes }
  | { do: 'acknowledge'; group: number; atRisk: AtRisk | undefined }
  | { do: 'mute'; pattern: string; hours: number }
  | { do: 'run'; runs: 1 | 2 | 3; course: Course }

/** More than the number that gets single messages. */
const GROUPS = 14
const group = fc.nat({ max: GROUPS - 1 })
const partition = fc.nat({ max: GROUPS * PARTITIONS - 1 })
const becomes = fc.constantFrom(...changes)

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait'), minutes: fc.integer({ min: 1, max: 300 }) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('partition'), partition, becomes }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('group'), group, becomes }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('all'), becomes }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('acknowledge'),
        group,
        atRisk: fc.constantFrom(undefined, ...atRisks),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('mute'),
        pattern: fc.constantFrom('*', 'g0*', nameOf(1)),
        hours: fc.nat({ max: 10 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('run'),
        runs: fc.constantFrom(1, 2, 3),
        course: course(12),
      }),
    },
  ),
  { minLength: 3, maxLength: 40 },
)

interface Sent {
  key: string
  notice: Notice
}

/** A cluster, a store, Slack, and runs of the watch that may die at any moment, all in memory and on one clock. */
export class World {
  time = now
  readonly posts: Sent[] = []
  /**
   * The current content of each message, by its key. If a message has duplicates, the content is that of the duplicate
   * that a run knows.
   */
  readonly says = new Map<string, Notice>()
  edits = 0
  /** Posts that no run has saved: the run's process died, or Slack's answer was lost. */
  readonly doubts: string[] = []
  /** Searches that Slack refused. After an hour of refusals the message is posted again. */
  readonly refusedSearches: string[] = []
  /** New messages about silenced groups, except losses. The list must stay empty. */
  readonly disturbing: Notice[] = []
  /** Keys of messages that a run had begun to post before a silence: Slack may have them, so they are still sent. */
  readonly #begun = new Set<string>()
  /** The end of the last silence. */
  #end = 0
  #counted = 0
  #state: { json: string; version: number } | undefined
  readonly #groups = new Groups()
  readonly #mayLook: boolean
  readonly #processes = new Processes()

  /** @param mayLook true if the app has the scope to read the channel */
  constructor(mayLook: boolean) {
    this.#mayLook = mayLook
  }

  get state(): AlertState {
    return parseAlertState(JSON.parse(this.#state?.json ?? ''))
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'wait':
        this.time += step.minutes * MINUTE
        return
      case 'partition':
        this.#groups.become(step.partition, step.becomes, this.time)
        return
      case 'group':
        for (let each = 0; each < PARTITIONS; each++)
          this.#groups.become(step.group * PARTITIONS + each, step.becomes, this.time)
        return
      case 'all':
        for (let each = 0; each < GROUPS * PARTITIONS; each++)
          this.#groups.become(each, step.becomes, this.time)
        return
      case 'acknowledge':
        await this.#alone(process =>
          acknowledge(this.#alerts(process), 'prod', nameOf(step.group), this.time, {
            atRisk: step.atRisk,
            by: kari,
          }),
        )
        return
      case 'mute':
        await this.#mute(step.pattern, step.hours)
        return
      case 'run':
        this.time += 1000
        await this.#processes.run(
          Array.from({ length: step.runs }, () => this.#watch),
          step.course,
        )
        this.#countDoubts()
    }
  }

  async #mute(pattern: string, hours: number): Promise<void> {
    const rule = { pattern, from: this.time, until: this.time + hours * HOUR, reason: 'a test' }
    if (this.#state) for (const key of Object.keys(this.state.messages)) this.#begun.add(key)
    const actions = { record: async () => {} }
    await this.#alone(process => mute({ alerts: this.#alerts(process), actions }, 'prod', rule, kari))
    this.#end = Math.max(this.#end, rule.until)
  }

  /** Everything works again, each silence has ended, and a run has had time to find out. */
  async settle(): Promise<void> {
    this.time = Math.max(this.time, this.#end)
    for (let run = 0; run < 3; run++) {
      this.time += 5 * MINUTE
      await this.again()
    }
  }

  again = (): Promise<WatchResult> => this.#alone(this.#watch)

  /** Gone offsets of groups in use. The digest lists the losses of a stopped group. */
  get lost(): Pick<Commit, 'group' | 'partition' | 'seenAt'>[] {
    return this.#groups.commits
      .filter(commit => commit.gone && commit.group !== stoppedGroup)
      .map(({ group, partition, seenAt }) => ({ group, partition, seenAt }))
  }

  /** Groups that have lost records, with the time of the last finding. A simple group is in use if it commits. */
  get lostRecords(): { group: string; lastAt: number }[] {
    return this.#groups.commits.flatMap(({ group, gone, lostRecords, seenAt, valueSeenAt }) => {
      const isInUse = gone === null && group !== stoppedGroup && seenAt - valueSeenAt <= DAY
      return isInUse && lostRecords !== null ? [{ group, lastAt: lostRecords.lastAt }] : []
    })
  }

  /** When the last lost offset of this partition was last seen. Snapshots know of no loss before that. */
  lostLast(group: string, partition: number): number {
    const commit = this.#groups.commits.find(each => each.group === group && each.partition === partition)
    return (commit?.gone ? commit.seenAt : commit?.previousCommit?.seenAt) ?? 0
  }

  #countDoubts(): void {
    const saved = this.#state?.json ?? ''
    for (; this.#counted < this.posts.length; this.#counted++) {
      const { ts } = placeOf(this.#counted + 1)
      if (!saved.includes(`"ts":"${ts}"`)) this.doubts.push(this.posts[this.#counted]?.key ?? '')
    }
  }

  async #alone<T>(job: (process: Process) => Promise<T>): Promise<T> {
    const [end] = await this.#processes.run([job], undisturbed)
    if (end?.status === 'fulfilled') return end.value
    throw end?.reason
  }

  readonly #watch = (process: Process): Promise<WatchResult> => {
    const head = aHead({
      takenAt: this.time - MINUTE,
      retention: [{ broker: 1, retention: 7 * DAY, sweep: 0, source: 'broker' }],
    })
    const { commits } = this.#groups
    return watch({
      cluster,
      snapshots: { newest: async () => ({ head, commits: CommitTable.from(commits) }) },
      alerts: this.#alerts(process),
      notifier: this.#notifier(process),
      signal: process.signal,
      interval: 15 * MINUTE,
      digestAt: 8 * HOUR,
      now: () => this.time,
    })
  }

  #alerts(process: Process): Alerts {
    return {
      read: () =>
        process.call(
          'store',
          () => this.#state && { state: this.state, version: String(this.#state.version) },
        ),
      write: (_, state, version) =>
        process.call('store', () => {
          if (String(this.#state?.version) !== String(version)) throw new Conflict('alerts')
          const next = (this.#state?.version ?? 0) + 1
          this.#state = { json: JSON.stringify(state), version: next }
          return String(next)
        }),
    }
  }

  #notifier(process: Process): Notifier {
    return {
      nameOf: () => '#kafka',
      post: message =>
        process.call('slack', () => {
          this.says.set(keyOf(message), message.notice)
          const isSilent = (group: string) => isSilenced(this.state, group, { now: this.time })
          if (!this.#begun.has(message.key) && urgentGroupsOf(message.notice).some(isSilent))
            this.disturbing.push(message.notice)
          return placeOf(this.posts.push({ key: keyOf(message), notice: message.notice }))
        }),
      update: (_, message) =>
        process.call('slack', () => {
          this.says.set(keyOf(message), message.notice)
          this.edits++
        }),
      find: async message => {
        try {
          return await process.call('slack', () => {
            const found = this.#mayLook ? this.posts.findIndex(({ key }) => key === keyOf(message)) : -1
            return found < 0 ? undefined : placeOf(found + 1)
          })
        } catch (error) {
          if (error instanceof SlackFailure && error.trouble === 'not-posted')
            this.refusedSearches.push(keyOf(message))
          throw error
        }
      },
    }
  }
}

const placeOf = (nth: number): MessageLocation => ({ channel: 'C1', ts: String(nth) })

/** The groups with deadlines in a message. */
function urgentGroupsOf(notice: Notice): string[] {
  if (notice.type === 'silence') return notice.open
  const about = notice.type === 'reply' ? [notice.about] : notice.type === 'summary' ? notice.worst : [notice]
  return about.flatMap(each => {
    if (each.type === 'both') return each.incident.group
    return 'incident' in each && !isLoss(each.incident) ? each.incident.group : []
  })
}

/** The key by which Slack's history identifies messages. */
const keyOf = ({ notice }: AlertMessage): string =>
  JSON.stringify(render(notice, { mention: undefined }).metadata.event_payload)
