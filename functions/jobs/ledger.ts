import { type AlertState, emptyAlertState } from '../core/alerts/alert-state.ts'
import { type Alerts, Conflict } from './ports.ts'

const ATTEMPTS = 10

/** The alert state as this run knows it. Every change is made to the newest state, so two runs never undo each other. */
export class Ledger {
  readonly #alerts: Alerts
  #state: AlertState
  #version: string | undefined

  private constructor(alerts: Alerts, state: AlertState, version: string | undefined) {
    this.#alerts = alerts
    this.#state = state
    this.#version = version
  }

  static async open(alerts: Alerts, cluster: string): Promise<Ledger> {
    const found = await alerts.read(cluster)
    return new Ledger(alerts, found?.state ?? emptyAlertState(cluster), found?.version)
  }

  get state(): AlertState {
    return this.#state
  }

  /** @param change is applied anew to what somebody else has saved meanwhile; a state that stays equal is not saved */
  async update(change: (state: AlertState) => AlertState): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const next = change(this.#state)
      if (JSON.stringify(next) === JSON.stringify(this.#state)) return
      try {
        this.#version = await this.#alerts.write(next.cluster, next, this.#version)
        this.#state = next
        return
      } catch (error) {
        if (!(error instanceof Conflict) || attempt === ATTEMPTS) throw error
        const newer = await this.#alerts.read(next.cluster)
        this.#state = newer?.state ?? emptyAlertState(next.cluster)
        this.#version = newer?.version
      }
    }
  }
}
