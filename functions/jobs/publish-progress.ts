import { furthest, type Published } from '../contracts/events/incident-events.ts'
import type { PublishedStore } from './ports.ts'
import { Conflict } from './ports.ts'

const ATTEMPTS = 10

/** How far subscribers have been told of each incident, by this run and by others that publish at the same time. */
export class PublishProgress {
  readonly #store: PublishedStore
  readonly #cluster: string
  #told: Published['told'] = {}
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

  /** How far subscribers have been told, by the incident's id. */
  get told(): Readonly<Published['told']> {
    return this.#told
  }

  async #read(): Promise<void> {
    const found = await this.#store.read(this.#cluster)
    this.#told = found?.state.told ?? {}
    this.#version = found?.version
  }

  /**
   * Adds what this run has told. On a conflict another run was publishing: its work is read and kept.
   * @param forgotten ids of incidents that are remembered no longer
   */
  async save(told: ReadonlyMap<string, string>, forgotten: ReadonlySet<string>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const kept = Object.entries(this.#told).filter(([id]) => !forgotten.has(id))
      const added = [...told].map(([id, stage]) => [id, furthest(stage, this.#told[id])] as const)
      const next = Object.fromEntries([...kept, ...added])
      if (JSON.stringify(next) === JSON.stringify(this.#told)) return
      try {
        this.#version = await this.#store.write(
          this.#cluster,
          { schemaVersion: 1, told: next },
          this.#version,
        )
        this.#told = next
        return
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        await this.#read()
        // The other runs are busy telling the same: at worst an event comes twice.
        if (attempt === ATTEMPTS) return
      }
    }
  }
}
