import { Failure } from '../../core/model/failure.ts'
import { Conflict } from '../../jobs/ports.ts'
import { bucketAddress } from './bucket-address.ts'
import { gcsFailureOf } from './gcs-failure.ts'
import { GcsError, gcsRequests } from './gcs-requests.ts'
import { guardedBy } from './guarded.ts'
import {
  type Action,
  AlreadyExists,
  type ByteRange,
  type ObjectStore,
  TooLarge,
  type Versioned,
} from './object-store.ts'

const bucketName = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/

/**
 * Objects of a Google Cloud Storage bucket, below a prefix. A version is the object's generation, which is never
 * reused. Every method throws a Failure with the remedy. https://cloud.google.com/storage/docs/json_api/v1/objects
 * @param location `gs://bucket` or `gs://bucket/prefix`
 */
export function gcsStore(location: string): ObjectStore {
  const { bucket, base } = bucketAddress(location, 'gs', bucketName)
  const send = gcsRequests()
  const objectsPath = `/storage/v1/b/${bucket}/o`
  const pathOf = (key: string) => `${objectsPath}/${encodeURIComponent(base + key)}`

  const guarded = guardedBy((action, error) => gcsFailureOf(action, location, error))

  /** Something else answered with 200 instead of Google Cloud Storage, such as a proxy. */
  function noGcs(action: Action): never {
    throw new Failure(
      `cannot ${action} the store ${location}: the answer does not come from Google Cloud Storage. Check the network, any ` +
        'proxy, and STORAGE_EMULATOR_HOST if it is set.',
    )
  }

  /** @param generation the generation that the object must have; 0: it must not exist. Returns the new generation. */
  async function put(key: string, body: Uint8Array, generation: string): Promise<string> {
    const { bytes } = await send({
      method: 'POST',
      path: `/upload${objectsPath}`,
      query: { uploadType: 'media', name: base + key, ifGenerationMatch: generation },
      headers: { 'content-type': 'application/octet-stream' },
      body,
    })
    const written = objectIn(bytes).generation
    return typeof written === 'string' ? written : noGcs('write')
  }

  async function listPage(query: Record<string, string>): Promise<Record<string, unknown>> {
    const fields = 'kind,items(name),nextPageToken'
    const page = objectIn((await send({ path: objectsPath, query: { fields, ...query } })).bytes)
    return page.kind === 'storage#objects' ? page : noGcs('read')
  }

  async function get(key: string, range?: ByteRange, limit = Infinity): Promise<Versioned | undefined> {
    try {
      const { bytes, headers } = await send({
        path: pathOf(key),
        query: { alt: 'media' },
        headers: range ? { range: `bytes=${range.offset}-${range.offset + range.length - 1}` } : {},
        onHeaders: answer => {
          if (Number(answer.get('content-length')) > limit) throw new TooLarge(key, limit)
        },
      })
      return { bytes, version: headers.get('x-goog-generation') ?? noGcs('read') }
    } catch (error) {
      // The range begins at or after the object's end.
      if (statusOf(error) === 416) return { bytes: new Uint8Array(), version: '' }
      if (statusOf(error) !== 404) throw error
      // The answer does not say whether the object or the bucket is missing. A listing does.
      await listPage({ prefix: base + key, maxResults: '1' })
      return undefined
    }
  }

  return {
    location,

    create: (key, bytes) =>
      guarded('write', async () => {
        try {
          await put(key, bytes, '0')
        } catch (error) {
          if (statusOf(error) !== 412) throw error
          // If the first answer was lost, the first attempt may have written the object.
          const current = await get(key)
          if (!current || !Buffer.from(bytes).equals(current.bytes)) throw new AlreadyExists(key)
        }
      }),

    read: (key, range, limit) => guarded('read', async () => (await get(key, range, limit))?.bytes),

    async *list(prefix, after = '') {
      const query = { prefix: base + prefix, startOffset: base + after }
      let [last, token]: [string, string | undefined] = ['', undefined]
      do {
        const page = await guarded('read', () => listPage({ ...query, ...(token && { pageToken: token }) }))
        const items = Array.isArray(page.items) ? page.items : []
        for (const { name } of items) {
          // Names come in byte order, so every page continues after the one before.
          if (typeof name !== 'string' || name <= last) noGcs('read')
          last = name
          // startOffset includes the name itself.
          if (name !== base + after) yield name.slice(base.length)
        }
        if (page.nextPageToken !== undefined && page.nextPageToken === token) noGcs('read')
        token = typeof page.nextPageToken === 'string' ? page.nextPageToken : undefined
      } while (token !== undefined)
    },

    readVersioned: key => guarded('read', () => get(key)),

    replace: (key, bytes, version = '0') =>
      guarded('write', async () => {
        try {
          return await put(key, bytes, version)
        } catch (error) {
          if (statusOf(error) !== 412) throw error
          // If the first answer was lost, the first attempt may have written the object.
          const current = error instanceof GcsError && error.attempts > 1 ? await get(key) : undefined
          if (current && Buffer.from(bytes).equals(current.bytes)) return current.version
          throw new Conflict(key)
        }
      }),

    // Lifecycle rules of Google Cloud Storage know no mark that can change, so `prune` thins the history.
    marks: undefined,

    remove: key =>
      guarded('write', async () => {
        try {
          await send({ method: 'DELETE', path: pathOf(key) })
        } catch (error) {
          if (statusOf(error) !== 404) throw error
        }
      }),

    probe: () =>
      guarded('write', async () => {
        const key = 'alerts/probe'
        try {
          // No object has this generation, so a store that checks conditions writes nothing.
          await put(key, new Uint8Array(), '1')
        } catch (error) {
          if (statusOf(error) === 412) return
          throw error
        }
        await send({ method: 'DELETE', path: pathOf(key) })
        throw new Failure(
          `the store ${location} ignores the condition of a write (ifGenerationMatch), so two runs at once could ` +
            'undo each other. Choose a store that checks the condition, as Google Cloud Storage does.',
        )
      }),
  }
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof GcsError ? error.status : undefined

/** The JSON object of an answer; empty if the answer is no JSON object. */
function objectIn(bytes: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof json === 'object' && json !== null ? { ...json } : {}
  } catch {
    return {}
  }
}
