import { matches } from '../glob.ts'
import type { AlertState } from './alert-state.ts'
import type { AlertContext } from './context.ts'

/**
 * True if only losses are posted about a group now. Time passes between the decision about the state and its messages:
 * a silence that ends meanwhile holds until the next watch, which posts one message about everything during it.
 */
export const isSilenced = (
  { silences }: Pick<AlertState, 'silences'>,
  group: string,
  { now, decidedAt = now }: Pick<AlertContext, 'now' | 'decidedAt'>,
): boolean =>
  silences.some(({ pattern, from, until }) => from <= now && decidedAt < until && matches(pattern, group))
