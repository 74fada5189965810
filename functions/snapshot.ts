import { lambda } from './lambda.ts'
import { chosen, settingsOfEnvironment, snapshotCluster } from './wire.ts'

/** What the schedule sends: one cluster's name, or nothing for all of them. */
export interface SnapshotEvent {
  cluster?: string
}

export const handler = lambda(async ({ cluster }: SnapshotEvent, { signal }) => {
  const settings = settingsOfEnvironment()
  return Promise.all(chosen(settings, cluster).map(each => snapshotCluster(settings, each, { signal })))
})
