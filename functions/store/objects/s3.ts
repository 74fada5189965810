import { setTimeout as sleep } from 'node:timers/promises'
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3'
import { Failure } from '../../core/model/failure.ts'
import { Conflict } from '../../jobs/ports.ts'
import { type Action, AlreadyExists, type ByteRange, type ObjectStore, TooLarge } from './object-store.ts'
import { attemptsOf, nameOf, s3FailureOf, statusOf } from './s3-failure.ts'

/** The tag that says how long an object stays (infra/storage.yml). */
const TAG = 'keep'

/** Limit for consecutive empty pages of a listing, which S3 returns after thousands of objects were removed. */
const EMPTY_PAGES = 100

/** S3 answers a race of two conditional writes with 409: neither has lost yet, so the request is repeated. */
const RACES = 10

/**
 * Objects of a bucket, below a prefix. Region, credentials and, for other S3 services, the address come from the AWS
 * SDK's own variables, such as AWS_ENDPOINT_URL_S3. The SDK adds checksums to writes, verifies them when it reads a
 * whole object, and retries after a 5xx. Every method throws a Failure with the remedy.
 * @param location `s3://bucket` or `s3://bucket/prefix`
 * @param lock ms of S3's Object Lock for objects that are created with a mark, which are snapshots. The bucket's own
 *   default would lock each version of the alert state, too.
 */
export function s3Store(location: string, lock?: number): ObjectStore {
  const { bucket, base } = addressOf(location)
  let connected: S3Client | undefined

  /** The SDK takes longer to load than a short command runs, so only the first request waits for it. */
  async function s3() {
    const sdk = await import('./s3-sdk.ts')
    connected ??= new sdk.S3Client({
      // Other S3 services rarely have a host name for each bucket.
      forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
      maxAttempts: 5,
      requestHandler: { connectionTimeout: 5_000, requestTimeout: 60_000, throwOnRequestTimeout: true },
    })
    return { ...sdk, client: connected }
  }

  async function guarded<T>(action: Action, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw s3FailureOf(action, location, error)
    }
  }

  /** Governance mode: s3:BypassGovernanceRetention can still delete, in case a court orders it. */
  const locked = (): Partial<PutObjectCommandInput> =>
    lock === undefined
      ? {}
      : { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: new Date(Date.now() + lock) }

  async function put(key: string, more: Partial<PutObjectCommandInput>): Promise<string> {
    const { client, PutObjectCommand } = await s3()
    for (let race = 1; ; race++) {
      try {
        const { ETag } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: base + key, ...more }))
        return ETag ?? noS3('write')
      } catch (error) {
        if (statusOf(error) !== 409 || race === RACES) throw error
        await sleep(Math.random() * 50 * race)
      }
    }
  }

  /** Something else answered with 200 instead of S3, such as a proxy. */
  function noS3(action: Action): never {
    throw new Failure(
      `cannot ${action} the store ${location}: the answer does not come from S3. Check the network, any proxy, and ` +
        'AWS_ENDPOINT_URL_S3 where it is set.',
    )
  }

  /** S3 lists in key order, so every page continues after the one before. */
  function endless(): never {
    throw new Failure(
      `cannot read the store ${location}: its listing does not continue from page to page. Check the network, any ` +
        'proxy, and AWS_ENDPOINT_URL_S3 where it is set.',
    )
  }

  async function get(key: string, range?: ByteRange, limit = Infinity): Promise<StoredObject | undefined> {
    const { client, GetObjectCommand } = await s3()
    try {
      const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`
      const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: base + key, Range }))
      const { Body, ETag, ContentLength = 0 } = answer
      if (ContentLength > limit) {
        await Body?.transformToWebStream().cancel()
        throw new TooLarge(key, limit)
      }
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
      return { bytes, ETag: ETag ?? noS3('read') }
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined
      // The range begins at or after the object's end.
      if (statusOf(error) === 416) return { bytes: new Uint8Array(), ETag: '' }
      throw error
    }
  }

  return {
    location,

    create: (key, bytes, mark) =>
      guarded('write', async () => {
        try {
          await put(key, {
            Body: bytes,
            IfNoneMatch: '*',
            ...(mark && { Tagging: `${TAG}=${mark}`, ...locked() }),
          })
        } catch (error) {
          if (statusOf(error) !== 412) throw error
          // After a lost answer, the object that exists may be the one that the first attempt wrote.
          if (!Buffer.from(bytes).equals((await get(key))?.bytes ?? new Uint8Array()))
            throw new AlreadyExists(key)
        }
      }),

    read: (key, range, limit) => guarded('read', async () => (await get(key, range, limit))?.bytes),

    async *list(prefix, after = '') {
      const request = { Bucket: bucket, Prefix: base + prefix, StartAfter: base + after }
      let [last, token, empty]: [string, string | undefined, number] = ['', undefined, 0]
      do {
        const page = await guarded('read', async () => {
          const { client, ListObjectsV2Command } = await s3()
          return client.send(new ListObjectsV2Command({ ...request, ContinuationToken: token }))
        })
        if (page.IsTruncated === undefined) noS3('read')
        const { Contents = [], IsTruncated, NextContinuationToken } = page
        for (const { Key = '' } of Contents) {
          if (Key <= last) endless()
          last = Key
          yield Key.slice(base.length)
        }
        empty = Contents.length === 0 ? empty + 1 : 0
        if (IsTruncated && (!NextContinuationToken || NextContinuationToken === token || empty > EMPTY_PAGES))
          endless()
        token = IsTruncated ? NextContinuationToken : undefined
      } while (token !== undefined)
    },

    readVersioned: key =>
      guarded('read', async () => {
        const answer = await get(key)
        return answer && { bytes: answer.bytes, version: answer.ETag }
      }),

    replace: (key, bytes, version) =>
      guarded('write', async () => {
        try {
          const condition = version === undefined ? { IfNoneMatch: '*' } : { IfMatch: version }
          return await put(key, { Body: bytes, ...condition })
        } catch (error) {
          // 404: `version` is given, but the object does not exist.
          if (statusOf(error) !== 412 && nameOf(error) !== 'NoSuchKey') throw error
          // If the first answer was lost, the first attempt may have written the object.
          const now = attemptsOf(error) > 1 ? await get(key) : undefined
          if (now && Buffer.from(bytes).equals(now.bytes)) return now.ETag
          throw new Conflict(key)
        }
      }),

    // Lifecycle rules remove objects: nothing that is deployed may delete.
    remove: undefined,

    marks: {
      // Only writers have this right.
      read: key =>
        guarded('write', async () => {
          const { client, GetObjectTaggingCommand } = await s3()
          try {
            const request = new GetObjectTaggingCommand({ Bucket: bucket, Key: base + key })
            const { TagSet } = await client.send(request)
            return (TagSet ?? noS3('read')).find(({ Key }) => Key === TAG)?.Value
          } catch (error) {
            if (nameOf(error) === 'NoSuchKey') return undefined
            throw error
          }
        }),

      replace: (key, keep) =>
        guarded('write', async () => {
          const { client, PutObjectTaggingCommand } = await s3()
          const Tagging = { TagSet: [{ Key: TAG, Value: keep }] }
          await client.send(new PutObjectTaggingCommand({ Bucket: bucket, Key: base + key, Tagging }))
        }),
    },

    probe: () =>
      guarded('write', async () => {
        // The condition cannot hold: a writer gets that answer, and nothing is written.
        try {
          await put('alerts/probe', { Body: new Uint8Array(), IfMatch: '"0"' })
        } catch (error) {
          if (statusOf(error) === 412 || nameOf(error) === 'NoSuchKey') return
          throw error
        }
        throw new Failure(
          `the store ${location} ignores the conditions of a write (If-Match, If-None-Match), so two runs at once ` +
            'could undo each other. Choose a store that checks the conditions, as Amazon S3 does.',
        )
      }),
  }
}

interface StoredObject {
  bytes: Uint8Array
  ETag: string
}

function addressOf(location: string): { bucket: string; base: string } {
  const [, bucket, prefix = ''] =
    /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w!.*'()/=-]*?)\/?)?$/.exec(location) ?? []
  if (bucket) return { bucket, base: prefix && `${prefix}/` }
  throw new Failure(
    `the store ${location} names no bucket: set WATCHDOG_STORE to s3://bucket or s3://bucket/prefix.`,
    { exitCode: 2 },
  )
}
