import { furthest, type OpenAlert, type PublishedAlerts } from '../contracts/events/published.ts'
import type { PublishedStore } from './ports.ts'
import { Conflict } from './ports.ts'

const ATTEMPTS = 10

/** Changes that a run adds to the progress, by the id of the incident or trouble. */
export interface ProgressChange {
  told?: ReadonlyMap<string, string>
  /** Null: subscribers never had the opening event. */
  open?: ReadonlyMap<string, OpenAlert | null>
  /** Ids that are over, and that the alert state has forgotten. */
  forgotten?: ReadonlySet<string>
}

/** The events that subscribers have of each incident, from this run and from parallel runs. */
export class PublishProgress {
  readonly #store: PublishedStore
  readonly #cluster: string
  #known: PublishedAlerts = { told: {}, open: {} }
  #version: string | undefined

  private constructor(store: PublishedStore, cluster: string) {
    this.#store = store
    this.#cluster = cluster
  }

  static async open(store: PublishedStore, cluster: string): Promise<PublishProgress> {
    const progress = new PublishProgress(store, cluster)
    await progress.#read()
    return progress
  }

  get known(): Readonly<PublishedAlerts> {
    return this.#known
  }

  async #read(): Promise<void> {
    const found = await this.#store.read(this.#cluster)
    this.#known = { told: found?.state.told ?? {}, open: found?.state.open ?? {} }
    this.#version = found?.version
  }

  /**
   * Adds the events that this run has published. On a conflict, another run was publishing; its progress is read and
   * kept.
   */
  async save(change: ProgressChange): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const next = changed(this.#known, change)
      if (JSON.stringify(next) === JSON.stringify(this.#known)) return
      try {
        this.#version = await this.#store.write(this.#cluster, { schemaVersion: 1, ...next }, this.#version)
        this.#known = next
        return
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        await this.#read()
        // The other runs publish the same events, so at worst an event comes twice.
        if (attempt === ATTEMPTS) return
      }
    }
  }
}

function changed(
  known: PublishedAlerts,
  { told = new Map(), open = new Map(), forgotten }: ProgressChange,
): PublishedAlerts {
  const isKept = ([id]: [string, unknown]) => !forgotten?.has(id)
  const nextTold = Object.fromEntries([
    ...Object.entries(known.told).filter(isKept),
    ...[...told].map(([id, stage]) => [id, furthest(stage, known.told[id])] as const),
  ])
  const nextOpen = Object.entries({ ...known.open, ...Object.fromEntries(open) }).flatMap(([id, alert]) =>
    alert === null || nextTold[id] === 'over' || forgotten?.has(id) ? [] : [[id, alert] as const],
  )
  return { told: nextTold, open: Object.fromEntries(nextOpen) }
}
