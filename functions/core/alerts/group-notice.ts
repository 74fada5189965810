import { ownershipOf } from '../model/ownership.ts'
import type { Assessment } from '../policy.ts'
import type { Incident } from './alert-state.ts'
import type { AlertContext } from './context.ts'
import type { GroupNotice } from './notice.ts'

/** The fields that all notices of incidents share. */
export const groupNotice = (
  cluster: string,
  incident: Incident,
  assessments: readonly Assessment[],
  { now, takenAt }: Pick<AlertContext, 'now' | 'takenAt'>,
): GroupNotice => ({
  cluster,
  ...ownershipOf(assessments),
  incident,
  takenAt,
  now,
  mention: false,
  resolved: incident.closed?.why ?? null,
})
