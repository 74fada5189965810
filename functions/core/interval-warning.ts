import type { ClusterSettings } from './model/settings.ts'
import { shortestLast } from './policy.ts'
import { MINUTE } from './time.ts'

/**
 * A warning if the interval (ms) is longer than the last level of some group; else undefined.
 * @param retentions of the brokers, ms; null: unlimited, or not known
 */
export function intervalWarning(
  interval: number,
  { name, policy }: Pick<ClusterSettings, 'name' | 'policy'>,
  retentions: readonly (number | null)[],
): string | undefined {
  const last = Math.min(...retentions.map(retention => shortestLast(policy, retention)))
  if (interval <= last) return undefined
  return (
    `the interval of ${minutes(interval)} is longer than the last level of cluster "${name}" (${minutes(last)}), so ` +
    'a run may miss that level. A stopped group is posted at an earlier level. Make the interval shorter.'
  )
}

const minutes = (ms: number): string => `${Number((ms / MINUTE).toFixed(2))} min`
