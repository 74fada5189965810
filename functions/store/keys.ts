import { Failure } from '../core/model/failure.ts'

// Only the cluster's name and the time ever reach a key: groups, topics and metadata are other people's text.

/** Where the rows of a snapshot are. `takenAt`: ms since the epoch. */
export const parquetKey = (cluster: string, takenAt: number): string =>
  `snapshots/${day(cluster, takenAt)}/${stamp(takenAt)}.parquet`

/** Apart from the rows, because Athena reads every file under a table's location. */
export const manifestKey = (cluster: string, takenAt: number): string =>
  `manifests/${day(cluster, takenAt)}/${stamp(takenAt)}.json`

export const alertKey = (cluster: string): string => `alerts/cluster=${checked(cluster)}/state.json`

/** What subscribers of events were told, apart from what Slack was. */
export const publishedKey = (cluster: string): string => `alerts/cluster=${checked(cluster)}/published.json`

/** What a webhook was sent: each has its own progress. */
export const webhookKey = (cluster: string, format: string, name: string): string =>
  `alerts/cluster=${checked(cluster)}/webhooks/${format}-${name}.json`

/** What a person did about an incident. @param suffix keeps two actions of one millisecond apart */
export const actionKey = (cluster: string, at: number, suffix: string): string =>
  `actions/${day(cluster, at)}/${stamp(at)}-${suffix}.json`

/** What was to be restored, and what came of it: two objects, since neither is ever changed. */
export const restoreKey = (cluster: string, startedAt: number, part: 'plan' | 'result'): string =>
  `restores/${day(cluster, startedAt)}/${stamp(startedAt)}.${part}.json`

export const restoresOf = (cluster: string): string => `restores/cluster=${checked(cluster)}/`

export const manifests = 'manifests/cluster='

/** The name of the cluster whose manifest has that key. */
export const clusterOfManifest = (key: string): string =>
  key.slice(manifests.length, key.indexOf('/', manifests.length))

/** A key behind all manifests of the cluster, and before those of the next one: `0` is the character after `/`. */
export const manifestsBeyond = (cluster: string): string => `${manifests}${checked(cluster)}0`

export const manifestsOf = (cluster: string): string => `manifests/cluster=${checked(cluster)}/`
export const parquetsOf = (cluster: string): string => `snapshots/cluster=${checked(cluster)}/`

/** What the manifest keys of one UTC day begin with. */
export const manifestsOfDay = (cluster: string, time: number): string => `manifests/${day(cluster, time)}/`

/** The time in a key of a manifest or of Parquet, ms since the epoch; undefined for any other file that lies there. */
export function takenAtOf(key: string): number | undefined {
  const [, ...parts] = /\/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)\.(?:json|parquet)$/.exec(key) ?? []
  const [year, month, date, hour, minute, second] = parts
  const time = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}`)
  return Number.isNaN(time) ? undefined : time
}

const day = (cluster: string, time: number) =>
  `cluster=${checked(cluster)}/dt=${new Date(time).toISOString().slice(0, 10)}`

/** 20261122T140000.123Z: sorts by time and is a file name everywhere. */
const stamp = (time: number) => new Date(time).toISOString().replaceAll(/[-:]/g, '')

function checked(cluster: string): string {
  if (/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(cluster)) return cluster
  throw new Failure(
    `the cluster name ${JSON.stringify(cluster)} cannot be part of a path. Use letters, digits, ".", "_" and "-", 100 at most.`,
    { exitCode: 2 },
  )
}
