import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Conflict } from '../../../functions/jobs/ports.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { freePorts } from '../../brokers/ports.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { expectPageFrom } from '../../cli/page/in-bucket.ts'
import { describeWithGo } from '../../go/describe.ts'
import { type Gcs, startGcs } from '../../go/fake-gcs.ts'
import { objectStoreContract } from './contract.ts'
import { listen } from './listen.ts'

// Google's buckets are not reachable from here. The contract runs against fake-gcs-server, which checks no rights. An
// HTTP server plays Google's refusals, with the documented status and message.

const day = 24 * 3600_000
const content = new TextEncoder().encode('content')
const before = { ...process.env }

describeWithGo('a bucket of Google Cloud Storage', () => {
  let gcs: Gcs

  // The first build of the emulator takes minutes.
  beforeAll(async () => {
    gcs = await startGcs()
    process.env.STORAGE_EMULATOR_HOST = gcs.url
    await gcs.makeBucket('snapshots')
  }, 900_000)
  afterAll(async () => {
    await gcs[Symbol.asyncDispose]()
    process.env = { ...before }
  })

  let places = 0
  const emptyPlace = async () => `gs://snapshots/place/${places++}`

  describe('keeps the contract', () => objectStoreContract(emptyPlace))

  test('without a prefix keeps it, too', async () => {
    await gcs.makeBucket('whole')
    const objects = openStore('gs://whole')
    await objects.create('a/b', content)
    expect(await Array.fromAsync(objects.list('a/'))).toEqual(['a/b'])
  })

  test('is thinned by prune, which keeps the newest snapshot whatever its age', async () => {
    const snapshots = snapshotStore(openStore('gs://snapshots/history'), () => takenAt + 500 * day)
    const times = [0, 1, 2].map(minutes => takenAt + minutes * 60_000)
    for (const time of times) await snapshots.write(snapshotOf([commitOf()], { takenAt: time }))
    expect(await snapshots.prune('prod', takenAt + 500 * day)).toEqual({ removed: 0, kept: 3, orphans: 0 })

    const later = takenAt + 400 * day
    await snapshots.write(snapshotOf([commitOf()], { takenAt: later }))
    expect(await snapshots.prune('prod', takenAt + 450 * day)).toMatchObject({ removed: 2, kept: 2 })
    expect((await snapshots.newest('prod'))?.head.takenAt).toBe(later)
  })

  test('the page shows a loss and the history of its group from it', () =>
    expectPageFrom('gs://snapshots/page'))

  test('that does not exist is reported', async () => {
    const objects = openStore('gs://missing/prefix')
    const why =
      'the store gs://missing/prefix: there is no such bucket. Correct WATCHDOG_STORE, or create the bucket.'
    await expect(objects.create('a', content)).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.replace('a', content, '1')).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.probe()).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.read('a')).rejects.toThrow(`cannot read ${why}`)
    await expect(Array.fromAsync(objects.list(''))).rejects.toThrow(`cannot read ${why}`)
  })
})

type Answer = { status: number; json?: unknown; breaks?: true }

/** A Google Cloud Storage that gives these answers in order, and then 200. */
async function gcsAnswering(answers: Answer[]) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`)
    request.resume()
    const { status, json = {}, breaks } = answers.shift() ?? { status: 200 }
    if (breaks) return void request.on('end', () => response.destroy())
    response.writeHead(status, { 'x-goog-generation': '7' }).end(JSON.stringify(json))
  })
  process.env.STORAGE_EMULATOR_HOST = `127.0.0.1:${await listen(server)}`
  return {
    objects: openStore('gs://bucket'),
    requests,
    async [Symbol.asyncDispose]() {
      process.env = { ...before }
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const refused = (status: number, message: string): Answer => ({
  status,
  json: { error: { code: status, message } },
})
const written: Answer = { status: 200, json: { generation: '7' } }

describe('a failure of Google Cloud Storage', () => {
  test.each([
    { what: 'an object that is replaced too often', answers: [refused(429, 'rateLimitExceeded'), written] },
    { what: 'a server error', answers: [refused(503, 'backendError'), written] },
    { what: 'a broken connection', answers: [{ status: 0, breaks: true as const }, written] },
  ])('$what: the request is repeated', async ({ answers }) => {
    await using gcs = await gcsAnswering(answers)
    await gcs.objects.create('a', content)
    expect(gcs.requests).toEqual(['POST /upload/storage/v1/b/bucket/o', 'POST /upload/storage/v1/b/bucket/o'])
  })

  test('a lost answer to a successful write: the repetition finds its own bytes', async () => {
    const [lost, done] = [refused(503, 'lost'), refused(412, 'conditionNotMet')]
    await using replaced = await gcsAnswering([lost, done, { status: 200, json: 'state' }])
    const state = new TextEncoder().encode('"state"')
    expect(await replaced.objects.replace('a', state, '6')).toBe('7')
    await using other = await gcsAnswering([lost, done, { status: 200, json: "another's" }])
    await expect(other.objects.replace('a', state, '6')).rejects.toThrow(Conflict)
  })

  test.each([
    {
      what: 'a missing right',
      answer: refused(
        403,
        "dog@team.iam.gserviceaccount.com does not have storage.objects.create access to the Google Cloud Storage object. Permission 'storage.objects.create' denied on resource (or it may not exist).",
      ),
      says: 'dog@team.iam.gserviceaccount.com may not use this bucket, or it belongs to another project. Grant roles/storage.objectUser on the bucket, or correct WATCHDOG_STORE.',
    },
    {
      what: 'a refused token',
      answer: refused(401, 'Invalid Credentials'),
      says: 'the Google credentials were refused. Run offset-watchdog with a service account by workload identity, or run `gcloud auth application-default login`.',
    },
    {
      what: 'an unknown error',
      answer: refused(400, 'The project to be billed is closed.'),
      says: 'Google Cloud Storage answered 400: The project to be billed is closed. Check WATCHDOG_STORE.',
    },
    {
      what: 'repeated errors',
      answer: refused(503, 'backendError'),
      says: 'Google Cloud Storage answered 503 again and again. The next run tries again.',
    },
  ])('$what', async ({ answer, says }) => {
    await using gcs = await gcsAnswering(Array.from({ length: 6 }, () => answer))
    await expect(gcs.objects.create('a', content)).rejects.toThrow(
      `cannot write the store gs://bucket: ${says}`,
    )
  })

  test('ignored preconditions: probe reports them, and leaves nothing behind', async () => {
    await using gcs = await gcsAnswering([written])
    await expect(gcs.objects.probe()).rejects.toThrow(
      'the store gs://bucket ignores the condition of a write (ifGenerationMatch)',
    )
    expect(gcs.requests).toEqual([
      'POST /upload/storage/v1/b/bucket/o',
      'DELETE /storage/v1/b/bucket/o/alerts%2Fprobe',
    ])
  })

  test('the page of a proxy is not an empty listing', async () => {
    await using gcs = await gcsAnswering([{ status: 200, json: 'Please log in' }])
    await expect(Array.fromAsync(gcs.objects.list(''))).rejects.toThrow(
      'cannot read the store gs://bucket: the answer does not come from Google Cloud Storage',
    )
  })

  test('a server that is out of reach', async () => {
    const [closed] = await freePorts(1)
    process.env.STORAGE_EMULATOR_HOST = `127.0.0.1:${closed}`
    await expect(openStore('gs://bucket').read('a')).rejects.toThrow(
      'cannot read the store gs://bucket: Google Cloud Storage is out of reach (ECONNREFUSED). Check the network, and STORAGE_EMULATOR_HOST if it is set.',
    )
    process.env = { ...before }
  })
})

test.each(['gs://', 'gs://UPPER', 'gs://bucket/a b', 'gs://bucket//..?'])('%s names no bucket', location => {
  expect(() => openStore(location)).toThrow(
    expect.objectContaining({
      message: `the store ${location} names no bucket: set WATCHDOG_STORE to gs://bucket or gs://bucket/prefix.`,
      exitCode: 2,
    }),
  )
})
