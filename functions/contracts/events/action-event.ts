import type { RecordedAction } from '../../core/alerts/recorded-action.ts'
import { iso } from '../../core/time.ts'
import type { WatchdogEvent } from './event.ts'

/** Id of the action's event, which is the same in each run. */
export const actionEventId = ({ id, at }: Pick<RecordedAction, 'id' | 'at'>): string => `action-${at}-${id}`

/** @param watched start of the snapshot that was watched last, ms since the epoch */
export function actionEvent(
  { id, at, action: did, by: person, ...rest }: RecordedAction,
  watched: number | null,
): WatchdogEvent {
  const detail = { schemaVersion: 1, id: actionEventId({ id, at }), takenAt: iso(watched ?? at) } as const
  return { type: 'Action Taken', detail: { ...detail, ...rest, at: iso(at), did, person } }
}
