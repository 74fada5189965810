import { lambda } from './lambda.ts'
import { chosen, settingsOfEnvironment, watchCluster } from './wire.ts'

/** What the schedule sends: one cluster's name, or nothing for all of them. */
export interface WatchEvent {
  cluster?: string
}

export const handler = lambda(async ({ cluster }: WatchEvent) => {
  const settings = settingsOfEnvironment()
  return Promise.all(chosen(settings, cluster).map(each => watchCluster(settings, each)))
})
