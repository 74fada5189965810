import { type AlertState, parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import type { Notice } from '../../../functions/core/alerts/notice.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { Failure } from '../../../functions/core/model/failure.ts'
import type { Notifier } from '../../../functions/jobs/ports.ts'
import { takeSnapshot } from '../../../functions/jobs/take-snapshot.ts'
import { type WatchResult, watch } from '../../../functions/jobs/watch.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { slackNotifier } from '../../../functions/slack/notifier.ts'
import { alertStore } from '../../../functions/store/alerts.ts'
import { type SnapshotStore, snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { clockSkew, HOUR, monday } from '../../core/readings.ts'
import { cluster, INTERVAL } from './cluster.ts'
import { Kafka, keyOf, PARTITIONS } from './kafka.ts'
import { Memory } from './memory.ts'
import { type Course, Killed, type Process, Processes, undisturbed } from './processes.ts'
import type { jobs, Step } from './step.ts'
import { keyOf as keyOfMessage, placed, Workspace } from './workspace.ts'

/** A cluster, a store that breaks, channels that refuse, clocks that jump, and the watchdog's runs. */
export class Operation {
  readonly kafka: Kafka
  readonly slack = new Workspace({ channel: '#kafka' })
  /** Events that must never happen, each with its details. */
  readonly wrongs: string[] = []
  readonly #memory = new Memory()
  readonly #processes = new Processes()
  /** The clock of the brokers and of Slack. */
  #time = monday
  /** ms by which the watchdog's clock is ahead. */
  #ahead = 0
  #isKafkaAway = false
  #restore = () => {}
  /** Notices that were sent to Slack, by the message's key, the last one last. */
  readonly #sent = new Map<string, Notice[]>()
  /** Keys of messages that may be in Slack, although no run has saved them. */
  readonly #doubts: string[] = []
  #counted = 0

  constructor(hasLog: boolean) {
    this.kafka = new Kafka(hasLog)
    this.#memory.onRemove = takenAt => this.#onRemove(takenAt)
  }

  /** The first run, for which old losses are not news. */
  async begin(): Promise<void> {
    await this.#run(['snapshot and watch'], undisturbed)
  }

  async take(step: Step): Promise<void> {
    const newest = (nth: number) => this.#memory.taken.at(-1 - nth) ?? 0
    switch (step.do) {
      case 'wait':
        this.#time += step.ms
        return
      case 'commit':
        return this.kafka.commit(step.key, this.#time)
      case 'commit with an expiry':
        return this.kafka.commit(step.key, this.#time, step.expiresAt)
      case 'vanish':
        return this.kafka.vanish(step.key, this.#time)
      case 'come back':
        return this.kafka.comeBack(step.key, this.#time, step.isRestored)
      case 'lose all of':
        for (let partition = 0; partition < PARTITIONS; partition++)
          this.kafka.vanish(keyOf({ group: step.group, partition }), this.#time)
        return
      case 'set the clock':
        this.#ahead += step.by
        return
      case 'put the clock right':
        this.#ahead = 0
        return
      case 'back up':
        this.#restore = this.#memory.backUp()
        return
      case 'restore the backup':
        return this.#restore()
      case 'damage':
        return this.#memory.damage(newest(step.nth), step.kind, step.bit)
      case 'remove':
        return this.#memory.lose(newest(step.nth))
      case 'Kafka':
        this.#isKafkaAway = step.isAway
        return
      case 'channel':
        if (step.refuses) this.slack.refusing.add(step.name)
        else this.slack.refusing.delete(step.name)
        return
      case 'run':
        this.#time += 1000
        await this.#run(step.jobs, step.course)
        return
      case 'only watch':
        await this.#onlyWatch()
    }
  }

  /** A person repairs everything except the routed channel, and removes the snapshots with a wrong time. */
  putRight(): void {
    this.#ahead = 0
    this.#isKafkaAway = false
    this.slack.refusing.delete('#kafka')
    for (const takenAt of this.#memory.taken) {
      if (takenAt > this.#time) this.#memory.lose(takenAt)
    }
  }

  /** Gives the watchdog time to find out. */
  async settle(): Promise<void> {
    for (let run = 0; run < 3; run++) {
      this.#time += INTERVAL
      await this.#run(['snapshot and watch'], undisturbed)
    }
  }

  /** A second watch at the same time as the one before. */
  async again(): Promise<WatchResult> {
    const [end] = await this.#processes.run([process => this.#watch(process)], undisturbed)
    if (end?.status === 'fulfilled') return end.value
    throw end?.reason
  }

  /** The rows of the newest snapshot. */
  async rows(): Promise<Commit[]> {
    const [end] = await this.#processes.run(
      [process => this.#snapshots(process).newest(cluster.name)],
      undisturbed,
    )
    return end?.status === 'fulfilled' ? [...(end.value?.commits ?? [])] : []
  }

  get state(): AlertState | undefined {
    const json = this.#memory.replaced(`alerts/cluster=${cluster.name}/state.json`)
    return json === undefined ? undefined : parseAlertState(JSON.parse(json))
  }

  /** True if an existing message reports the loss of this offset. */
  isReportedLost(key: string, offset: bigint): boolean {
    return this.slack.posts.some(post => (this.#sent.get(post.key) ?? []).some(saysLost(key, offset)))
  }

  /** Keys of messages that one channel has more often than lost answers explain. */
  get postedTwice(): string[] {
    const doubts = Map.groupBy(this.#doubts, each => each)
    return [...Map.groupBy(this.slack.posts, placed)]
      .filter(([each, posts]) => posts.length > 1 + (doubts.get(each)?.length ?? 0))
      .map(([each]) => each)
  }

  /** Skips the snapshots of three intervals or more. Then a message must report the gap, or a run must fail. */
  async #onlyWatch(): Promise<void> {
    let failed = false
    for (let run = 0; run < 4; run++) {
      this.#time += INTERVAL
      const [end] = await this.#run(['watch'], undisturbed)
      failed = end?.status === 'rejected'
    }
    const usable = this.#memory.usable.filter(takenAt => takenAt <= this.#now() + clockSkew)
    const isRecent = this.#now() - (usable.at(-1) ?? -Infinity) <= 2 * INTERVAL
    if (isRecent || failed || this.#isTroubleReported()) return
    this.wrongs.push('no message says that there is no usable snapshot')
  }

  #isTroubleReported(): boolean {
    return this.slack.posts.some(post => {
      const notice = this.#sent.get(post.key)?.at(-1)
      return notice?.type === 'trouble' && notice.slot === 'parent' && notice.trouble.over === null
    })
  }

  async #run(names: readonly (typeof jobs)[number][], course: Course) {
    const ends = await this.#processes.run(
      names.map(name => async (process: Process) => {
        try {
          return await this.#job(name, process)
        } catch (error) {
          throw error === process.signal.reason ? new Killed() : error
        }
      }),
      course,
    )
    for (const end of ends) {
      const isExpected =
        end.status === 'fulfilled' || end.reason instanceof Failure || end.reason instanceof Killed
      if (!isExpected) this.wrongs.push(`a run ended with ${end.reason}: ${end.reason?.stack}`)
    }
    this.#countDoubts()
    return ends
  }

  async #job(name: (typeof jobs)[number], process: Process): Promise<unknown> {
    switch (name) {
      case 'snapshot':
        return this.#takeSnapshot(process)
      case 'watch':
        return this.#watch(process)
      case 'prune':
        return this.#snapshots(process).prune(cluster.name, this.#now())
      case 'snapshot and watch':
        await this.#takeSnapshot(process).catch(error => {
          if (!(error instanceof Failure)) throw error
        })
        return this.#watch(process)
    }
  }

  #takeSnapshot(process: Process) {
    return takeSnapshot({
      cluster,
      kafka: {
        clusterId: 'cluster-a',
        read: async base => {
          if (this.#isKafkaAway) throw new Failure('Kafka is away.')
          const known = await base()
          return this.kafka.read(this.#now(), known)
        },
      },
      snapshots: this.#snapshots(process),
      alerts: this.#alerts(process),
      restores: { plannedSince: async () => [] },
      toolVersion: '0.0.0',
      signal: process.signal,
      clockSkew,
      now: this.#now,
    })
  }

  #watch(process: Process): Promise<WatchResult> {
    return watch({
      cluster,
      snapshots: this.#snapshots(process),
      alerts: this.#alerts(process),
      notifier: this.#notifier(process),
      signal: process.signal,
      interval: INTERVAL,
      digestAt: 8 * HOUR,
      now: this.#now,
    })
  }

  readonly #now = () => this.#time + this.#ahead

  readonly #snapshots = (process: Process): SnapshotStore =>
    snapshotStore(this.#memory.seenBy(process), this.#now, clockSkew)

  readonly #alerts = (process: Process) => alertStore(this.#memory.seenBy(process), parseAlertState)

  #notifier(process: Process): Notifier {
    const notifier = slackNotifier(this.slack.seenBy(process), {
      channel: '#kafka',
      mention: undefined,
      docs: undefined,
    })
    return {
      ...notifier,
      post: (message, target, ids) => {
        this.#send(message.notice)
        return notifier.post(message, target, ids)
      },
      update: (location, message, target, ids) => {
        this.#send(message.notice)
        return notifier.update(location, message, target, ids)
      },
    }
  }

  #send(notice: Notice): void {
    const key = keyOfMessage(render(notice, { mention: undefined }))
    this.#sent.set(key, [...(this.#sent.get(key) ?? []), notice])
    if (notice.type !== 'loss') return
    for (const { commit, lost } of notice.commits) {
      if (!this.kafka.wasLost(keyOf(commit), lost))
        this.wrongs.push(`a message says that ${keyOf(commit)} has lost ${lost}, but it has not`)
    }
  }

  /** The newest usable snapshot must stay, even if the clock of the removing run is wrong. */
  #onRemove(takenAt: number): void {
    const { usable } = this.#memory
    const newest = usable.filter(each => each <= this.#time + clockSkew).at(-1)
    if (takenAt === newest || takenAt === usable.at(-1))
      this.wrongs.push('the newest usable snapshot is removed')
  }

  #countDoubts(): void {
    const saved = JSON.stringify(this.state ?? {})
    for (; this.#counted < this.slack.posts.length; this.#counted++) {
      if (!saved.includes(`"ts":"${this.#counted + 1}"`))
        this.#doubts.push(placed(this.slack.posts[this.#counted]))
    }
  }
}

const saysLost =
  (key: string, offset: bigint) =>
  (notice: Notice): boolean =>
    notice.type === 'loss' &&
    notice.commits.some(({ commit, lost }) => keyOf(commit) === key && lost === offset)
