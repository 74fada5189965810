import type { ClusterSettings } from '../core/model/settings.ts'
import type { IgnoreStore } from './ports.ts'

/**
 * The cluster with the rules that people made in Slack. The rules of its settings come first, and the first match wins.
 */
export async function withSlackIgnores(
  cluster: ClusterSettings,
  ignores: Pick<IgnoreStore, 'active'>,
  now: number,
): Promise<ClusterSettings> {
  const rules = await ignores.active(cluster.name, now)
  const { policy } = cluster
  return { ...cluster, policy: { ...policy, ignore: [...policy.ignore, ...rules] } }
}
