import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../core/model/failure.ts'
import { Conflict } from '../../jobs/ports.ts'
import { bucketAddress } from './bucket-address.ts'
import { guardedBy } from './guarded.ts'
import {
  type Action,
  AlreadyExists,
  type ByteRange,
  type ObjectStore,
  TooLarge,
  type Versioned,
} from './object-store.ts'
import { attemptsOf, nameOf, s3FailureOf, statusOf } from './s3-failure.ts'
import type { S3Answer, S3Request } from './s3-requests.ts'
import { textOf, textsOf } from './s3-xml.ts'

/** The tag that says how long an object stays (infra/storage.yml). */
const TAG = 'keep'

/** Limit for consecutive empty pages of a listing, which S3 returns after thousands of objects were removed. */
const EMPTY_PAGES = 100

/** S3 answers a race of two conditional writes with 409: neither has lost yet, so the request is repeated. */
const RACES = 10

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/

/**
 * Objects of a bucket, below a prefix. Region, credentials and, for other S3 services, the address come from the AWS
 * SDK's own variables, such as AWS_ENDPOINT_URL_S3. Writes carry checksums, and S3 returns them with a whole object.
 * Every method throws a Failure with the remedy.
 * @param location `s3://bucket` or `s3://bucket/prefix`
 * @param lock ms of S3's Object Lock for objects that are created with a mark, which are snapshots. The bucket's own
 *   default would lock each version of the alert state, too.
 */
export function s3Store(location: string, lock?: number): ObjectStore {
  const { bucket, base } = bucketAddress(location, 's3', bucketName)
  let requests: ((request: S3Request) => Promise<S3Answer>) | undefined

  /** The parts of the AWS SDK take time to load, so only the first request waits for them. */
  async function send(request: S3Request): Promise<S3Answer> {
    const { s3Requests } = await import('./s3-requests.ts')
    requests ??= s3Requests(bucket)
    return requests(request)
  }

  const guarded = guardedBy((action, error) => s3FailureOf(action, location, error))

  /** Governance mode: s3:BypassGovernanceRetention can still delete, in case a court orders it. */
  const locked = (): Record<string, string> =>
    lock === undefined
      ? {}
      : {
          'x-amz-object-lock-mode': 'GOVERNANCE',
          'x-amz-object-lock-retain-until-date': new Date(Date.now() + lock).toISOString(),
        }

  /** @param headers the conditions of the write, and the object's mark. Returns the new ETag. */
  async function put(key: string, body: Uint8Array, headers: Record<string, string>): Promise<string> {
    let unanswered = 0
    for (let race = 1; ; race++) {
      try {
        const answer = await send({
          method: 'PUT',
          key: base + key,
          body,
          headers,
          needsChecksum: lock !== undefined,
          unanswered,
        })
        return answer.headers.etag ?? noS3('write')
      } catch (error) {
        if (statusOf(error) !== 409 || race === RACES) throw error
        unanswered = attemptsOf(error) - 1
        await sleep(Math.random() * 50 * race)
      }
    }
  }

  /** Something else answered with 200 instead of S3, such as a proxy. */
  function noS3(action: Action): never {
    throw new Failure(
      `cannot ${action} the store ${location}: the answer does not come from S3. Check the network, any proxy, and ` +
        'AWS_ENDPOINT_URL_S3 if it is set.',
    )
  }

  /** S3 lists in key order, so every page continues after the one before. */
  function endless(): never {
    throw new Failure(
      `cannot read the store ${location}: its listing does not continue from page to page. Check the network, any ` +
        'proxy, and AWS_ENDPOINT_URL_S3 if it is set.',
    )
  }

  async function get(key: string, range?: ByteRange, limit = Infinity): Promise<Versioned | undefined> {
    try {
      const { bytes, headers } = await send({
        method: 'GET',
        key: base + key,
        headers: range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {},
        onHeaders: answer => {
          if (Number(answer['content-length']) > limit) throw new TooLarge(key, limit)
        },
      })
      return { bytes, version: headers.etag ?? noS3('read') }
    } catch (error) {
      if (nameOf(error) === 'NoSuchKey') return undefined
      // The range begins at or after the object's end.
      if (statusOf(error) === 416) return { bytes: new Uint8Array(), version: '' }
      throw error
    }
  }

  /** One page of a listing. */
  async function listPage(query: Record<string, string>) {
    const { bytes } = await send({ method: 'GET', query: { 'list-type': '2', ...query } })
    const xml = Buffer.from(bytes).toString()
    const isTruncated = textOf(xml, 'IsTruncated') ?? noS3('read')
    return { keys: textsOf(xml, 'Key'), next: isTruncated === 'true' ? nextOf(xml) : undefined }
  }

  const nextOf = (xml: string): string => textOf(xml, 'NextContinuationToken') ?? endless()

  return {
    location,

    create: (key, bytes, mark) =>
      guarded('write', async () => {
        try {
          const marked = mark && { 'x-amz-tagging': `${TAG}=${mark}`, ...locked() }
          await put(key, bytes, { 'if-none-match': '*', ...marked })
        } catch (error) {
          if (statusOf(error) !== 412) throw error
          // After a lost answer, the object that exists may be the one that the first attempt wrote.
          const current = await get(key)
          if (!current || !Buffer.from(bytes).equals(current.bytes)) throw new AlreadyExists(key)
        }
      }),

    read: (key, range, limit) => guarded('read', async () => (await get(key, range, limit))?.bytes),

    async *list(prefix, after = '') {
      const query = { prefix: base + prefix, 'start-after': base + after }
      let [last, token, empty]: [string, string | undefined, number] = ['', undefined, 0]
      do {
        const { keys, next } = await guarded('read', () =>
          listPage(token === undefined ? query : { ...query, 'continuation-token': token }),
        )
        empty++
        for (const key of keys) {
          if (key <= last) endless()
          last = key
          empty = 0
          yield key.slice(base.length)
        }
        if (next !== undefined && (next === token || empty > EMPTY_PAGES)) endless()
        token = next
      } while (token !== undefined)
    },

    readVersioned: key => guarded('read', () => get(key)),

    replace: (key, bytes, version) =>
      guarded('write', async () => {
        try {
          return await put(
            key,
            bytes,
            version === undefined ? { 'if-none-match': '*' } : { 'if-match': version },
          )
        } catch (error) {
          // 404: `version` is given, but the object does not exist.
          if (statusOf(error) !== 412 && nameOf(error) !== 'NoSuchKey') throw error
          // If the first answer was lost, the first attempt may have written the object.
          const now = attemptsOf(error) > 1 ? await get(key) : undefined
          if (now && Buffer.from(bytes).equals(now.bytes)) return now.version
          throw new Conflict(key)
        }
      }),

    // Lifecycle rules remove objects: nothing that is deployed may delete.
    remove: undefined,

    marks: {
      // Only writers have this right.
      read: key =>
        guarded('write', async () => {
          try {
            const { bytes } = await send({ method: 'GET', key: base + key, query: { tagging: '' } })
            const xml = Buffer.from(bytes).toString()
            if (!xml.includes('<TagSet')) noS3('read')
            return [...textsOf(xml, 'Value')][[...textsOf(xml, 'Key')].indexOf(TAG)]
          } catch (error) {
            if (nameOf(error) === 'NoSuchKey') return undefined
            throw error
          }
        }),

      replace: (key, keep) =>
        guarded('write', async () => {
          const tag = `<Tag><Key>${TAG}</Key><Value>${keep}</Value></Tag>`
          const body = new TextEncoder().encode(`<Tagging><TagSet>${tag}</TagSet></Tagging>`)
          await send({ method: 'PUT', key: base + key, query: { tagging: '' }, body, needsChecksum: true })
        }),
    },

    probe: () =>
      guarded('write', async () => {
        // The condition cannot hold. So S3 tells a writer just that, and nothing is written.
        try {
          await put('alerts/probe', new Uint8Array(), { 'if-match': '"0"' })
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
