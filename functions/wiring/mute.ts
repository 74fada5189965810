import type { Silence } from '../core/alerts/alert-state.ts'
import type { SilenceRule } from '../core/alerts/silence.ts'
import type { Settings } from '../core/model/settings.ts'
import { mute } from '../jobs/mute.ts'
import { alertsOf } from './store.ts'

/** @see mute */
export const muteIn = (
  settings: Settings,
  cluster: string,
  rule: SilenceRule,
  by: string,
): Promise<Silence> => mute(alertsOf(settings), cluster, rule, by)
