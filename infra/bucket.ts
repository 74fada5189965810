import type { Settings } from '../functions/core/model/settings.ts'

/** Where a stack has its snapshots: in a bucket of its own, or below a prefix of one that exists. Texts are for Fn::Sub. */
export interface Place {
  /** The file with its resources. */
  file: 'storage.yml' | 'shared-storage.yml'
  bucketName: object | string
  bucketArn: object
  /** As WATCHDOG_STORE says it. */
  location: object | string
  /** Bucket and prefix. */
  path: string
  /** What the ARNs of its objects begin with. */
  objects: string
}

/** A store in S3 is a bucket that exists. Any other store is one for the terminal. */
export function placeOf({ store }: Pick<Settings, 'store'>): Place {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(store) ?? []
  if (bucket === undefined)
    return {
      file: 'storage.yml',
      bucketName: { Ref: 'SnapshotBucket' },
      bucketArn: { 'Fn::GetAtt': ['SnapshotBucket', 'Arn'] },
      location: { 'Fn::Sub': `s3://\${SnapshotBucket}` },
      path: '${' + 'SnapshotBucket}',
      objects: '${' + 'SnapshotBucket.Arn}',
    }
  const path = prefix ? `${bucket}/${prefix}` : bucket
  const arn = 'arn:${' + 'AWS::Partition}:s3:::'
  return {
    file: 'shared-storage.yml',
    bucketName: bucket,
    bucketArn: { 'Fn::Sub': arn + bucket },
    location: `s3://${path}`,
    path,
    objects: arn + path,
  }
}

/** Objects below each of these folders of a place, as resources of a policy. */
export const objectsIn = ({ objects }: Place, folders: readonly string[]): object[] =>
  folders.map(folder => ({ 'Fn::Sub': `${objects}/${folder}/*` }))

/** What the keys of the stack, and of those that share its bucket, begin with. */
const prefixesOf = ({ storeSharedWith }: Pick<Settings, 'storeSharedWith'>): string[] => [
  '',
  ...storeSharedWith.map(prefix => `${prefix}/`),
]

/** Objects of this stack, and of those that share its bucket. */
export const sharedObjects = (settings: Settings, folders: readonly string[]): object[] =>
  prefixesOf(settings).flatMap(prefix =>
    objectsIn(
      placeOf(settings),
      folders.map(folder => prefix + folder),
    ),
  )

const expirations = [
  { id: 'rest', keep: 'other', days: 14 },
  { id: 'hourly', keep: 'hour', days: 90 },
  { id: 'daily', keep: 'day', days: 396 },
]

/**
 * Each snapshot is tagged when it is written, as `newest`, which no rule removes. When the next one is stored, its tag
 * becomes `day`, `hour` or `other`. Nothing deployed has a right to delete; these rules delete.
 */
export const lifecycleRules = (settings: Settings): object[] => [
  ...prefixesOf(settings).flatMap(prefix =>
    expirations.flatMap(({ id, keep, days }) => {
      const rule = { Status: 'Enabled', TagFilters: [{ Key: 'keep', Value: keep }] }
      const name = prefix.replaceAll('/', '-') + id
      // The manifest goes a day before its rows: a snapshot that is half removed does not exist.
      return [
        { Id: `${name}-manifests`, ...rule, Prefix: `${prefix}manifests/`, ExpirationInDays: days },
        { Id: `${name}-rows`, ...rule, Prefix: `${prefix}snapshots/`, ExpirationInDays: days + 1 },
      ]
    }),
  ),
  // A removed object, or a replaced alert state, can be brought back for a month.
  {
    Id: 'former-versions',
    Status: 'Enabled',
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    ExpiredObjectDeleteMarker: true,
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  },
]
