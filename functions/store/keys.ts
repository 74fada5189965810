import { Failure } from '../core/model/failure.ts'

// A key contains only the cluster's name and the time. Groups, topics and metadata are other people's text and stay
// out.

/** The key of a snapshot's rows. `takenAt`: ms since the epoch. */
export const parquetKey = (cluster: string, takenAt: number): string =>
  `snapshots/${day(cluster, takenAt)}/${stamp(takenAt)}.parquet`

/** Manifests lie apart from the rows, because Athena reads every file under a table's location. */
export const manifestKey = (cluster: string, takenAt: number): string =>
  `manifests/${day(cluster, takenAt)}/${stamp(takenAt)}.json`

export const alertKey = (cluster: string): string => `alerts/cluster=${checked(cluster)}/state.json`

/** The progress of publishing events, apart from the alert state. */
export const publishedKey = (cluster: string): string => `alerts/cluster=${checked(cluster)}/published.json`

/** The progress of one webhook. */
export const webhookKey = (cluster: string, format: string, name: string): string =>
  `alerts/cluster=${checked(cluster)}/webhooks/${format}-${name}.json`

/**
 * The action of a person.
 * @param id keeps two actions of one millisecond apart
 */
export const actionKey = (cluster: string, at: number, id: string): string =>
  `${actionsFrom(cluster, at)}-${id}.json`

export const actionsOf = (cluster: string): string => `actions/cluster=${checked(cluster)}/`

/** A key that sorts before all actions at this time or later. */
export const actionsFrom = (cluster: string, time: number): string =>
  `actions/${day(cluster, time)}/${stamp(time)}`

/**
 * Ids sort by the end of the rule.
 * @param suffix keeps two rules apart
 */
export const ignoreId = (until: number, suffix: string): string => `${stamp(until)}-${suffix}`

/**
 * An ignore rule that a person made in Slack, and its early end.
 * @param id from `ignoreId`
 */
export const ignoreKey = (cluster: string, id: string, part: 'rule' | 'end'): string =>
  `${ignoresOf(cluster)}${id}.${part}.json`

export const ignoresOf = (cluster: string): string => `ignores/cluster=${checked(cluster)}/`

/** A key that sorts before all rules that end at this time or later. */
export const ignoresFrom = (cluster: string, time: number): string => ignoresOf(cluster) + stamp(time)

/** A restore's plan and its result: two objects, since neither ever changes. */
export const restoreKey = (cluster: string, startedAt: number, part: 'plan' | 'result'): string =>
  `restores/${day(cluster, startedAt)}/${stamp(startedAt)}.${part}.json`

export const restoresOf = (cluster: string): string => `restores/cluster=${checked(cluster)}/`

export const manifests = 'manifests/cluster='

/** The cluster's name in a manifest's key; undefined if no cluster can have that name, as in the copy of a folder. */
export function clusterOfManifest(key: string): string | undefined {
  const name = key.slice(manifests.length, key.indexOf('/', manifests.length))
  return clusterName.test(name) ? name : undefined
}

/**
 * A key after all manifests of the same cluster, and before those of the next one: `0` is the character after `/`.
 * @param key the key of a manifest
 */
export const manifestsBeyond = (key: string): string => `${key.slice(0, key.indexOf('/', manifests.length))}0`

export const manifestsOf = (cluster: string): string => `manifests/cluster=${checked(cluster)}/`
export const parquetsOf = (cluster: string): string => `snapshots/cluster=${checked(cluster)}/`

/** The common beginning of the manifest keys of one UTC day. */
export const manifestsOfDay = (cluster: string, time: number): string => `manifests/${day(cluster, time)}/`

/** The time in a key of a manifest or of Parquet, ms since the epoch; undefined for any other file, such as a copy. */
export function takenAtOf(key: string): number | undefined {
  const [, ...parts] = snapshotKey.exec(key) ?? []
  const [year, month, date, hour, minute, second] = parts
  const time = Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}`)
  return Number.isNaN(time) ? undefined : time
}

const snapshotKey =
  /^(?:manifests|snapshots)\/cluster=[^/]*\/dt=(\d{4})-(\d\d)-(\d\d)\/\1\2\3T(\d\d)(\d\d)(\d\d\.\d{3}Z)\.(?:json|parquet)$/

const day = (cluster: string, time: number) =>
  `cluster=${checked(cluster)}/dt=${new Date(time).toISOString().slice(0, 10)}`

/** 20261122T140000.123Z sorts by time, and is a valid file name everywhere. */
const stamp = (time: number) => new Date(time).toISOString().replaceAll(/[-:]/g, '')

const clusterName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/

function checked(cluster: string): string {
  if (clusterName.test(cluster)) return cluster
  throw new Failure(
    `the cluster name ${JSON.stringify(cluster)} cannot be part of a path. Use letters, digits, ".", "_" and "-", 100 at most.`,
    { exitCode: 2 },
  )
}
