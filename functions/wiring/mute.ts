import type { Silence } from '../core/alerts/alert-state.ts'
import type { SilenceRule } from '../core/alerts/silence.ts'
import type { Person } from '../core/model/person.ts'
import type { Settings } from '../core/model/settings.ts'
import { mute } from '../jobs/mute.ts'
import { actionsOf, alertsOf } from './store.ts'

export const muteIn = (
  settings: Settings,
  cluster: string,
  rule: SilenceRule,
  by: Person,
): Promise<Silence> => mute({ alerts: alertsOf(settings), actions: actionsOf(settings) }, cluster, rule, by)
