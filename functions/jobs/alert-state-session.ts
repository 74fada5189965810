import { randomUUID } from 'node:crypto'
import { type AlertState, emptyAlertState } from '../core/alerts/alert-state.ts'
import { Failure } from '../core/model/failure.ts'
import { type Alerts, Conflict } from './ports.ts'

const ATTEMPTS = 10

/**
 * The alert state that this run has read. Each change is made to the newest state, so two runs never undo each other.
 */
export class AlertStateSession {
  /** Id of this run; its intents carry the id. */
  readonly run = randomUUID()
  readonly #alerts: Alerts
  #state: AlertState
  /** The state as JSON, kept because serializing takes a while for a large cluster. */
  #json: string
  #version: string | undefined

  private constructor(alerts: Alerts, state: AlertState, version: string | undefined) {
    this.#alerts = alerts
    this.#state = state
    this.#json = JSON.stringify(state)
    this.#version = version
  }

  static async open(alerts: Alerts, cluster: string): Promise<AlertStateSession> {
    const found = await alerts.read(cluster)
    return new AlertStateSession(alerts, found?.state ?? emptyAlertState(cluster), found?.version)
  }

  get state(): AlertState {
    return this.#state
  }

  /**
   * Saves the changed state; an unchanged state is not saved.
   * @param change is applied again if another run has saved a state in the meantime
   * @returns the result of the change for the state that was saved
   * @throws Failure if other runs were faster ten times in a row
   */
  async update<Change extends { state: AlertState }>(change: (state: AlertState) => Change): Promise<Change> {
    for (let attempt = 1; ; attempt++) {
      const changed = change(this.#state)
      const next = changed.state
      if (next === this.#state) return changed
      const json = JSON.stringify(next)
      if (json === this.#json) return changed
      try {
        this.#version = await this.#alerts.write(next.cluster, next, this.#version)
        this.#state = next
        this.#json = json
        return changed
      } catch (error) {
        if (!(error instanceof Conflict)) throw error
        if (attempt === ATTEMPTS) {
          const sentence = `cannot save the alert state of cluster "${next.cluster}": ${ATTEMPTS} times in a row, another run saved it first. The next run tries again.`
          throw new Failure(sentence, { cause: error })
        }
        const newer = await this.#alerts.read(next.cluster)
        this.#state = newer?.state ?? emptyAlertState(next.cluster)
        this.#json = JSON.stringify(this.#state)
        this.#version = newer?.version
      }
    }
  }
}
