import { matches } from '../glob.ts'
import type { AlertState } from './alert-state.ts'

/**
 * True if only losses are posted about a group now.
 * @param now ms since the epoch
 */
export const isSilenced = ({ silences }: Pick<AlertState, 'silences'>, group: string, now: number): boolean =>
  silences.some(({ pattern, from, until }) => from <= now && now < until && matches(pattern, group))
