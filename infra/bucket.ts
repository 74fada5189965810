import type { Settings } from '../functions/core/model/settings.ts'

/**
 * Where a stack stores its snapshots: in its own bucket, or below a prefix of an existing one. Texts are for Fn::Sub.
 */
export interface Place {
  /** The file that defines the resources of this place. */
  file: 'storage.yml' | 'shared-storage.yml'
  bucketName: object | string
  bucketArn: object
  /** In the form of WATCHDOG_STORE. */
  location: object | string
  /** Bucket and prefix. */
  path: string
  /** The start of the ARNs of the place's objects. */
  objects: string
}

/** A store in S3 is an existing bucket. Any other store is only for the terminal. */
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

/** The objects below these folders of a place, as resources of a policy. */
export const objectsIn = ({ objects }: Place, folders: readonly string[]): object[] =>
  folders.map(folder => ({ 'Fn::Sub': `${objects}/${folder}/*` }))

/** The start of the keys of the stack, and of the stacks that share its bucket. */
const prefixesOf = ({ storeSharedWith }: Pick<Settings, 'storeSharedWith'>): string[] => [
  '',
  ...storeSharedWith.map(prefix => `${prefix}/`),
]

/** The objects of this stack, and of the stacks that share its bucket. */
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
 * A new snapshot has the tag `newest`, which no rule removes. When the next one is stored, its tag becomes `day`,
 * `hour` or `other`. No deployed role may delete; only these rules do.
 */
export const lifecycleRules = (settings: Settings): object[] => [
  ...prefixesOf(settings).flatMap(prefix =>
    expirations.flatMap(({ id, keep, days }) => {
      const rule = { Status: 'Enabled', TagFilters: [{ Key: 'keep', Value: keep }] }
      const name = prefix.replaceAll('/', '-') + id
      // The manifest goes a day before its rows. Without a manifest, a half-removed snapshot does not exist.
      return [
        { Id: `${name}-manifests`, ...rule, Prefix: `${prefix}manifests/`, ExpirationInDays: days },
        { Id: `${name}-rows`, ...rule, Prefix: `${prefix}snapshots/`, ExpirationInDays: days + 1 },
      ]
    }),
  ),
  // People can bring back a removed object or a replaced alert state for a month.
  {
    Id: 'former-versions',
    Status: 'Enabled',
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
    ExpiredObjectDeleteMarker: true,
    AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
  },
]
