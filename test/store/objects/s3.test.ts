import { once } from 'node:events'
import { createServer } from 'node:http'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { manifestKey, parquetKey } from '../../../functions/store/keys.ts'
import { openStore } from '../../../functions/store/objects/open-store.ts'
import { s3FailureOf } from '../../../functions/store/objects/s3-failure.ts'
import { snapshotStore } from '../../../functions/store/snapshots/snapshots.ts'
import { describeWithPython } from '../../aws/describe.ts'
import { type Aws, startAws } from '../../aws/ministack.ts'
import { commitOf, snapshotOf, takenAt } from '../../builders/snapshots.ts'
import { expectPageFrom } from '../../cli/page/in-bucket.ts'
import { objectStoreContract } from './contract.ts'

const day = 24 * 3600_000
const content = new TextEncoder().encode('content')

describeWithPython('a bucket', () => {
  let aws: Aws
  let s3: S3Client
  const before = { ...process.env }

  beforeAll(async () => {
    aws = await startAws()
    Object.assign(process.env, aws.env)
    s3 = new S3Client({ forcePathStyle: true })
    await s3.send(new CreateBucketCommand({ Bucket: 'snapshots' }))
    await s3.send(
      new PutBucketVersioningCommand({
        Bucket: 'snapshots',
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    )
  })
  afterAll(async () => {
    await aws[Symbol.asyncDispose]()
    process.env = before
  })

  let places = 0
  const emptyPlace = async () => `s3://snapshots/place/${places++}`

  describe('keeps the contract', () => objectStoreContract(emptyPlace))

  test('without a prefix keeps it, too', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'whole' }))
    const objects = openStore('s3://whole')
    await objects.create('a/b', content)
    expect(await Array.fromAsync(objects.list('a/'))).toEqual(['a/b'])
  })

  test('keeps the mark by which lifecycle rules thin the history', async () => {
    const objects = openStore('s3://snapshots/marked/')
    await objects.create('a', content, 'hour')
    await objects.create('b', content)
    const tags = async (key: string) =>
      (await s3.send(new GetObjectTaggingCommand({ Bucket: 'snapshots', Key: `marked/${key}` }))).TagSet
    expect(await tags('a')).toEqual([{ Key: 'keep', Value: 'hour' }])
    expect(await tags('b')).toEqual([])
  })

  test('changes the mark of the previous snapshot, and no other, once the next one is stored', async () => {
    const snapshots = snapshotStore(openStore('s3://snapshots/history'), () => takenAt + 3 * day)
    const times = [0, 1, 2].map(hours => takenAt + hours * 3600_000)
    const tags = openStore('s3://snapshots/history').marks
    const keys = times.flatMap(time => [manifestKey('prod', time), parquetKey('prod', time)])
    for (const time of times) await snapshots.write(snapshotOf([commitOf()], { takenAt: time }))
    const marks = await Promise.all(keys.map(async key => tags?.read(key)))
    expect(marks).toEqual(['day', 'day', 'hour', 'hour', 'newest', 'newest'])

    const manifest = { Bucket: 'snapshots', Key: `history/${manifestKey('prod', takenAt)}` }
    const { Versions } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: 'snapshots', Prefix: manifest.Key }),
    )
    expect(Versions).toHaveLength(1)
    expect(await tags?.read('snapshots/none')).toBeUndefined()
  })

  test('locks snapshots if asked, but never the alert state', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'locked', ObjectLockEnabledForBucket: true }))
    const objects = openStore('s3://locked', 30 * day)
    await objects.create('snapshots/a', content, 'day')
    await objects.create('snapshots/a', content, 'day')
    await objects.replace('alerts/a', content, undefined)

    const remove = async (Key: string) => {
      const { VersionId } = await s3.send(new HeadObjectCommand({ Bucket: 'locked', Key }))
      await s3.send(new DeleteObjectCommand({ Bucket: 'locked', Key, VersionId }))
    }
    await expect(remove('snapshots/a')).rejects.toThrow(expect.objectContaining({ name: 'AccessDenied' }))
    await remove('alerts/a')

    const { Retention } = await s3.send(
      new GetObjectRetentionCommand({ Bucket: 'locked', Key: 'snapshots/a' }),
    )
    expect(Retention?.Mode).toBe('GOVERNANCE')
    const until = Retention?.RetainUntilDate?.getTime() ?? 0
    expect(until).toBeGreaterThan(Date.now() + 29 * day)
    expect(until).toBeLessThanOrEqual(Date.now() + 30 * day)
  })

  test('that cannot lock says so', async () => {
    await expect(openStore('s3://snapshots', day).create('a', content, 'day')).rejects.toThrow(
      'cannot write the store s3://snapshots: the bucket has no Object Lock. Enable Object Lock on the bucket, or unset WATCHDOG_STORE_LOCK (storeLock).',
    )
  })

  test('has one version of an object if the same content is written again', async () => {
    const objects = openStore('s3://snapshots/once')
    await objects.create('a', content)
    await objects.create('a', content)
    const { Versions } = await s3.send(
      new ListObjectVersionsCommand({ Bucket: 'snapshots', Prefix: 'once/' }),
    )
    expect(Versions).toHaveLength(1)
  })

  test('the page shows a loss and the history of its group from it', () =>
    expectPageFrom('s3://snapshots/page'))

  test('that does not exist is reported', async () => {
    const objects = openStore('s3://missing/prefix')
    const why =
      'the store s3://missing/prefix: there is no such bucket. Correct WATCHDOG_STORE, or create the bucket.'
    await expect(objects.create('a', content)).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.replace('a', content, '"1"')).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.probe()).rejects.toThrow(`cannot write ${why}`)
    await expect(objects.read('a')).rejects.toThrow(`cannot read ${why}`)
    await expect(Array.fromAsync(objects.list(''))).rejects.toThrow(`cannot read ${why}`)
  })
})

describe('a failure of S3', () => {
  /** Gives these answers in order, and then 200. */
  async function s3Answering(answers: { status: number; code?: string; headers?: Record<string, string> }[]) {
    const requests: string[] = []
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url?.split('?')[0]}`)
      request.resume()
      const { status, code, headers } = answers.shift() ?? { status: 200 }
      const body = code ? `<Error><Code>${code}</Code><Message>${code} it is</Message></Error>` : ''
      response.writeHead(status, { etag: '"1"', ...headers }).end(body)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const before = { ...process.env }
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'eu-west-1',
    })
    const objects = openStore('s3://bucket')
    return {
      objects,
      requests,
      async [Symbol.asyncDispose]() {
        process.env = before
        server.closeAllConnections()
        server.close()
        await once(server, 'close')
      },
    }
  }

  test.each([
    { what: 'a race', answers: [{ status: 409, code: 'ConditionalRequestConflict' }], requests: 2 },
    {
      what: 'a server error',
      answers: [
        { status: 500, code: 'InternalError' },
        { status: 503, code: 'SlowDown' },
      ],
      requests: 3,
    },
  ])('$what: the request is repeated', async ({ answers, requests }) => {
    await using s3 = await s3Answering(answers)
    await s3.objects.create('a', content)
    expect(s3.requests).toEqual(Array.from({ length: requests }, () => 'PUT /bucket/a'))
  })

  test.each([
    {
      answer: { status: 403, code: 'AccessDenied' },
      says: 'these credentials lack a right. Grant s3:PutObject, s3:PutObjectTagging, s3:GetObject, s3:GetObjectTagging and, with storeLock, s3:PutObjectRetention on the bucket and its objects.',
    },
    {
      answer: { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'us-east-2' } },
      says: 'the bucket is in the region us-east-2. Set AWS_REGION to the region of the bucket.',
    },
    {
      answer: { status: 307, code: 'TemporaryRedirect', headers: { 'x-amz-bucket-region': 'us-east-2' } },
      says: 'the bucket is in the region us-east-2. Set AWS_REGION to the region of the bucket.',
    },
    {
      answer: { status: 400, code: 'ExpiredToken' },
      says: 'the AWS credentials have expired. Log in again.',
    },
    {
      answer: { status: 403, code: 'InvalidAccessKeyId' },
      says: 'the AWS credentials are wrong. Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    },
    {
      answer: { status: 400, code: 'EntityTooLarge' },
      says: 'S3 answered EntityTooLarge: EntityTooLarge it is. Check WATCHDOG_STORE.',
    },
  ])('$answer.code', async ({ answer, says }) => {
    await using s3 = await s3Answering([answer])
    await expect(s3.objects.create('a', content)).rejects.toThrow(
      `cannot write the store s3://bucket: ${says}`,
    )
  })

  test('ignored conditions are found by probe', async () => {
    await using s3 = await s3Answering([{ status: 200 }])
    await expect(s3.objects.probe()).rejects.toThrow(
      'the store s3://bucket ignores the conditions of a write (If-Match, If-None-Match)',
    )
  })

  test('repeated errors', async () => {
    await using s3 = await s3Answering(Array.from({ length: 5 }, () => ({ status: 503, code: 'SlowDown' })))
    await expect(s3.objects.read('a')).rejects.toThrow(
      'cannot read the store s3://bucket: S3 answered 503 again and again. The next run tries again.',
    )
  })

  test.each([
    [
      { name: 'Error', code: 'ECONNREFUSED' },
      'S3 is out of reach (ECONNREFUSED). Check the network, and AWS_ENDPOINT_URL_S3 if it is set.',
    ],
    [
      { name: 'TimeoutError' },
      'S3 is out of reach (it took too long). Check the network, and AWS_ENDPOINT_URL_S3 if it is set.',
    ],
    [
      { name: 'CredentialsProviderError' },
      'no AWS credentials were found. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    ],
  ])('%j', (error, says) => {
    expect(
      s3FailureOf('read', 's3://bucket', Object.assign(new Error('it took too long'), error)).message,
    ).toBe(`cannot read the store s3://bucket: ${says}`)
  })
})

test.each(['s3://', 's3://UPPER', 's3://bucket/a b', 's3://bucket//..?'])('%s names no bucket', location => {
  expect(() => openStore(location)).toThrow(
    expect.objectContaining({
      message: `the store ${location} names no bucket: set WATCHDOG_STORE to s3://bucket or s3://bucket/prefix.`,
      exitCode: 2,
    }),
  )
})
