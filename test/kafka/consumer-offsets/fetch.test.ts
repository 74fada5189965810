import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Connection, connect } from '../../../functions/kafka/connection/connection.ts'
import { type FetchRequest, fetch } from '../../../functions/kafka/protocol/messages/fetch.ts'
import { Undecodable } from '../../../functions/kafka/protocol/reader.ts'
import { Writer } from '../../../functions/kafka/protocol/writer.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../../brokers/shared/kafka.ts'
import { plaintext } from '../../builders/kafka-settings.ts'

const topic = unique('fetched')
let connection: Connection

beforeAll(async () => {
  const brokers = await sharedKafka()
  await createTopic(brokers, topic, { partitions: 2, records: 3 })
  connection = await connect(plaintext(...brokers))
})
afterAll(() => connection?.close())

const [min, max] = fetch.versions
const versions = Array.from({ length: max - min + 1 }, (_, i) => min + i)
const from = (partition: number, offset: number, leaderEpoch = -1) => ({ partition, offset, leaderEpoch })
const request = (...partitions: FetchRequest['partitions']): FetchRequest => ({
  topic,
  partitions,
  maxBytes: 1_000_000,
  maxBytesPerPartition: 1_000_000,
  maxWait: 0,
})

describe.each(versions)('v%i', version => {
  const ask = (asked: FetchRequest) =>
    connection.send(1, { ...fetch, versions: [version, version] as const }, asked)

  test('a real broker answers', async () => {
    const ends = { highWatermark: 3n, lastStableOffset: 3n, logStartOffset: version >= 5 ? 0n : -1n }
    const answer = await ask(request(from(0, 0), from(1, 3), from(2, 0), from(0, 0)))
    const byPartition = new Map(answer.map(fetched => [fetched.partition, fetched]))
    expect(byPartition.get(0)).toMatchObject({ ...ends, error: 0, diverging: false })
    expect(byPartition.get(0)?.records.length).toBeGreaterThan(61)
    expect(byPartition.get(1)).toMatchObject({ ...ends, error: 0, records: Buffer.of() })
    expect(byPartition.get(2)).toMatchObject({ error: 3, highWatermark: -1n, records: Buffer.of() })
  })

  test('an offset beyond the end is out of range', async () => {
    expect(await ask(request(from(0, 4)))).toMatchObject([{ error: 1 }])
  })

  test('an unknown leader epoch is out of range from v12 on', async () => {
    expect(await ask(request(from(0, 3, 99)))).toMatchObject([
      { error: version >= 12 ? 1 : 0, diverging: false },
    ])
  })

  test('an error for the whole answer counts for each partition', () => {
    const w = new Writer(version >= 12)
    w.tags()
    w.int32(0) // throttle time
    if (version >= 7) w.int16(56)
    if (version >= 7) w.int32(0) // session
    w.array([], () => {})
    w.tags()
    const fetched = fetch.decode(w.bytes(), request(from(0, 0), from(1, 0)), version)
    const failed = [0, 1].map(partition => expect.objectContaining({ partition, error: 56 }))
    expect(fetched).toEqual(version >= 7 ? failed : [])
  })

  test('arbitrary bytes decode or are undecodable, and throw nothing else', () => {
    const bytes = fc.array(fc.oneof(fc.nat(3), fc.nat(255)), { maxLength: 200 })
    fc.assert(
      fc.property(bytes, values => {
        try {
          fetch.decode(Buffer.from(values), request(), version)
        } catch (error) {
          expect(error).toBeInstanceOf(Undecodable)
        }
      }),
    )
  })
})
