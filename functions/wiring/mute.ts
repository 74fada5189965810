import type { Silence } from '../core/alerts/alert-state.ts'
import type { SilenceRule } from '../core/alerts/silence.ts'
import type { Person } from '../core/model/person.ts'
import type { Settings } from '../core/model/settings.ts'
import { mute, unmatched } from '../jobs/mute.ts'
import type { UnknownGroup } from '../jobs/not-found.ts'
import { actionsOf, alertsOf, snapshotsOf } from './store.ts'

export const muteIn = (
  settings: Settings,
  cluster: string,
  rule: SilenceRule,
  by: Person,
): Promise<Silence> => mute({ alerts: alertsOf(settings), actions: actionsOf(settings) }, cluster, rule, by)

export const unmatchedIn = (
  settings: Settings,
  cluster: string,
  pattern: string,
): Promise<UnknownGroup | undefined> => unmatched(snapshotsOf(settings), cluster, pattern)
