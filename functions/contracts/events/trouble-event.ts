import type { Trouble } from '../../core/alerts/alert-state.ts'
import { iso } from '../../core/time.ts'
import { idOf } from './due-events.ts'
import type { AlertAction, WatchdogEvent } from './event.ts'

/**
 * The event that the watchdog is unreliable, or reliable again.
 * @param takenAt of the snapshot watched last, ms since the epoch; null: none
 */
export function troubleEvent(
  trouble: Trouble,
  action: AlertAction,
  { cluster, takenAt }: { cluster: string; takenAt: number | null },
): WatchdogEvent {
  const id = idOf(trouble)
  return {
    type: 'Watchdog Trouble',
    detail: {
      schemaVersion: 1,
      id: `${cluster}-${id}-${action}`,
      cluster,
      takenAt: iso(takenAt ?? trouble.since),
      key: `${cluster}/${id}`,
      action,
      severity: 'warning',
      openedAt: iso(trouble.since),
      trouble: trouble.kind,
      details: trouble.details.map(detail => detail.slice(0, 300)),
    },
  }
}
