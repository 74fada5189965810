import type { Settings } from '../core/model/settings.ts'
import { type PingedJob, ping } from '../jobs/ping.ts'

export const pingAfter = (
  job: PingedJob,
  cluster: string,
  { pingUrl }: Pick<Settings, 'pingUrl'>,
): Promise<string | undefined> => ping(pingUrl, job, cluster)
