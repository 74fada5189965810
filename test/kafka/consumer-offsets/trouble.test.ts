import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { grant, rightsToWatch } from '../../brokers/acls.ts'
import { type Kafka, startKafka } from '../../brokers/broker.ts'
import { commitRaw } from '../../brokers/clients/commit-raw.ts'
import { createTopic } from '../../brokers/clients/topics.ts'
import { type SecuredKafka, startSecuredKafka } from '../../brokers/secured.ts'
import { readLog } from './reading.ts'

const topic = 'orders'
const commits = Array.from({ length: 40 }, (_, i) => ({
  group: `group-${i}`,
  offsets: [{ topic, partition: 0, offset: BigInt(i) }],
}))

describe('the READ right on __consumer_offsets', () => {
  let kafka: SecuredKafka
  const settings = () => ({
    protocol: 'SASL_PLAINTEXT' as const,
    sasl: { mechanism: 'plain' as const, ...kafka.user },
  })

  beforeAll(async () => {
    kafka = await startSecuredKafka({ retentionMinutes: 60 })
    await createTopic(kafka.bootstrap, topic, { records: 1 })
    await commitRaw(kafka.bootstrap, commits)
    await grant(kafka.bootstrap, 'User:watchdog', rightsToWatch)
  })
  afterAll(() => kafka?.close())

  test('is optional: without it nothing is read, which is no problem, and a cursor keeps its place', async () => {
    const none = await readLog(kafka.sasl, { settings: settings() })
    expect(none).toMatchObject({ mode: 'observed', cursors: [], problems: [], records: 0 })
    expect(none.readingOf('group-1')).toBeUndefined()

    const { cursors } = await readLog(kafka.bootstrap)
    const kept = await readLog(kafka.sasl, { settings: settings(), cursors })
    expect(kept).toMatchObject({ mode: 'observed', cursors, problems: [] })
    expect(kept.readingOf('group-1')).toEqual({ reachedEnd: false, caughtUp: false, unbroken: true })
  })

  test('makes the log readable', async () => {
    await grant(kafka.bootstrap, 'User:watchdog', [
      { on: 'TOPIC', operation: 'READ', name: '__consumer_offsets' },
    ])
    const reading = await readLog(kafka.sasl, { settings: settings() })
    expect([reading.mode, reading.log.size]).toEqual(['exact', 40])
  })
})

describe('three brokers', () => {
  let kafka: Kafka

  beforeAll(async () => {
    kafka = await startKafka({
      brokers: 3,
      retentionMinutes: 60,
      properties: { 'offsets.topic.num.partitions': 6 },
    })
    await createTopic(kafka.bootstrap, topic, { records: 1 })
    await commitRaw(kafka.bootstrap, commits)
  })
  afterAll(() => kafka?.close())

  const offsets = ({ log }: Awaited<ReturnType<typeof readLog>>) =>
    commits.filter(
      ({ group, offsets: [one] }) =>
        log.group(group)?.commits.get(`0 ${topic}`)?.last?.offset === one?.offset,
    ).length

  test('are all read', async () => {
    const reading = await readLog(kafka.bootstrap)
    expect(reading).toMatchObject({ mode: 'exact', problems: [] })
    expect(offsets(reading)).toBe(40)
  })

  test('if one is killed, the others lead its partitions, and these are read from them', async () => {
    const { cursors } = await readLog(kafka.bootstrap)
    await kafka.nodes[0]?.kill()

    const modes: string[] = []
    while (modes.at(-1) !== 'exact') modes.push((await readLog(kafka.bootstrap, { cursors })).mode)
    expect(new Set(modes).isSubsetOf(new Set(['catching-up', 'exact']))).toBe(true)
    expect(await readLog(kafka.bootstrap, { cursors })).toMatchObject({ problems: [], records: 0 })
    expect(offsets(await readLog(kafka.bootstrap))).toBe(40)
  })

  test("a new leader's records in place of the old leader's are noticed by the leader epoch", async () => {
    const { cursors: before } = await readLog(kafka.bootstrap)
    await kafka.nodes[0]?.start()
    await kafka.nodes[1]?.stop()
    await commitRaw(kafka.bootstrap, commits)

    const { cursors: after } = await readLog(kafka.bootstrap)
    const moved = after.filter((cursor, i) => cursor.leaderEpoch > (before[i]?.leaderEpoch ?? 0))
    expect(moved.length).toBeGreaterThan(0)
    // Cursors as if the old leader had written the same offsets, and lost them.
    const lost = after.map((cursor, i) => ({
      ...cursor,
      leaderEpoch: before[i]?.leaderEpoch ?? -1,
      to: cursor.to - 1,
    }))
    const reading = await readLog(kafka.bootstrap, { cursors: lost })
    expect(reading).toMatchObject({ mode: 'exact', problems: [] })
    const broken = commits.filter(({ group }) => reading.readingOf(group)?.unbroken === false)
    expect(broken.length).toBeGreaterThan(0)
    for (const {
      group,
      offsets: [one],
    } of broken)
      expect(reading.log.group(group)?.commits.get(`0 ${topic}`)?.last?.offset).toBe(one?.offset)
  })
})
