import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, test } from '@jest/globals'
import type { LoggedOffset } from '../../../functions/core/reading.ts'
import { OffsetLog } from '../../../functions/kafka/consumer-offsets/offset-log.ts'
import { RangeReader } from '../../../functions/kafka/consumer-offsets/range-reader.ts'
import { randomCases } from '../../random-cases.ts'
import { batch, type RecordToWrite, TRANSACTIONAL, varint, withChecksum } from './batches.ts'
import { type NaiveCommit, naiveCommits } from './naive.ts'
import { commit, group, groupKey, marker, tombstone } from './records.ts'

/**
 * Logs with a defect: some thousand here, 150,000 with `npm run fuzz`. A failure names its seed; `FUZZ_SEED` repeats
 * it.
 */
const RUNS = Number(process.env.FUZZ ?? randomCases(2500))
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)

/** A generator of numbers below a limit; the same seed gives the same numbers. */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return below => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let hash = Math.imul(state ^ (state >>> 15), 1 | state)
    hash = (hash + Math.imul(hash ^ (hash >>> 7), 61 | hash)) ^ hash
    return Math.floor((((hash ^ (hash >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = ReturnType<typeof randomOf>

const groups = ['g', 'группа', 'h'.repeat(200)]
const names = (random: Random) => ({
  group: groups[random(3)] ?? 'g',
  topic: random(2) ? 't' : 'u',
  partition: random(3),
})

function recordOf(random: Random): RecordToWrite {
  const version = random(5)
  switch (random(8)) {
    case 0:
      return tombstone(names(random))
    case 1:
      return group({ version, members: random(3) })
    case 2:
      return { key: groupKey('g'), value: Buffer.alloc(random(20) === 0 ? 32_768 : 40, random(256)) }
    default:
      return commit({ ...names(random), version, offset: random(1e9), metadata: random(2) ? 'nøtt' : '' })
  }
}

interface Written {
  bytes: Buffer
  /** The same without compression. */
  plain: Buffer
}

/** Batches that follow each other. */
function logOf(random: Random): Written[] {
  const batches: Written[] = []
  let baseOffset = 0
  for (let left = 1 + random(6); left > 0; left--) {
    const producerId = 7 + random(2)
    if (random(6) === 0) {
      const bytes = marker(random(3) ? 'commit' : 'abort', producerId, baseOffset)
      batches.push({ bytes, plain: bytes })
      baseOffset += 1
      continue
    }
    const records = Array.from({ length: 1 + random(5) }, () => recordOf(random))
    const attributes = random(4) === 0 ? TRANSACTIONAL : 0
    const codec = random(2) ? 0 : random(5)
    const plain = { records, baseOffset, producerId, attributes }
    batches.push({ bytes: batch({ ...plain, codec }), plain: batch(plain) })
    baseOffset += records.length
  }
  return batches
}

const sizes = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 30, 61, 255]

/** The same bytes with one defect. */
const mutations: Record<string, (bytes: Buffer, random: Random) => Buffer> = {
  flip(bytes, random) {
    const copy = Buffer.from(bytes)
    for (let left = 1 + random(8); left > 0; left--) {
      const at = random(copy.length)
      copy[at] = (copy[at] ?? 0) ^ (1 << random(8))
    }
    return copy
  },
  cut: (bytes, random) => bytes.subarray(0, random(bytes.length)),
  leaveOut(bytes, random) {
    const at = random(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))])
  },
  insert(bytes, random) {
    const at = random(bytes.length)
    return Buffer.concat([
      bytes.subarray(0, at),
      Buffer.alloc(1 + random(20), random(256)),
      bytes.subarray(at),
    ])
  },
  size(bytes, random) {
    const copy = Buffer.from(bytes)
    if (copy.length > 4) copy.writeInt32BE(sizes[random(sizes.length)] ?? 0, random(copy.length - 4))
    return copy
  },
  /** In its header: length, magic, attributes, last offset delta, times, count. */
  header(bytes, random) {
    const copy = Buffer.from(bytes)
    if (copy.length > 61)
      copy.writeInt8(random(256) - 128, [8, 11, 16, 21, 22, 23, 26, 27, 34, 57, 60][random(11)] ?? 0)
    return copy
  },
  varint(bytes, random) {
    const at = Math.min(bytes.length, 61 + random(20))
    return Buffer.concat([
      bytes.subarray(0, at),
      varint((random(2) ? 1 : -1) * 2 ** random(40)),
      bytes.subarray(at + 1),
    ])
  },
  twice: bytes => Buffer.concat([bytes, bytes]),
}

/** Corrects the length and the checksum, so that only decoding can find the defect. */
function asIfSound(bytes: Buffer, like: Buffer): Buffer {
  if (bytes.length < 61) return bytes
  const copy = Buffer.from(bytes)
  like.copy(copy, 0, 0, 8)
  copy.writeInt32BE(copy.length - 12, 8)
  copy.writeInt8(2, 16)
  return withChecksum(copy)
}

const textOf = ({
  group: name,
  topic,
  partition,
  offset,
  leaderEpoch,
  metadata,
  committedAt,
  expiresAt,
}: NaiveCommit) =>
  `${name} ${partition} ${topic} ${offset} ${Math.max(leaderEpoch, -1)} ${metadata} ${held(committedAt)} ${held(expiresAt)}`

/** Within a Date's range. */
const held = (time: number) => Math.min(Math.max(time, -8.64e15), 8.64e15)

const describeLogged = ({ offset, leaderEpoch, metadata, at, expiresAt }: LoggedOffset) =>
  `${offset} ${leaderEpoch ?? -1} ${metadata} ${at} ${expiresAt ?? -1}`

/** Reads these batches as a broker would send them. Throws if the reading does not reach the end. */
function read(batches: readonly Buffer[], ends: readonly number[]): { log: OffsetLog; pass: RangeReader } {
  const end = ends.at(-1) ?? 0
  const log = new OffsetLog(1)
  const pass = new RangeReader(log, 0, { from: 0, until: end, end })
  for (let answers = 0; !pass.isDone && pass.next < end; answers++) {
    if (answers > 100) throw new Error(`it does not get past offset ${pass.next}`)
    const first = ends.findIndex(next => next > pass.next)
    if (!pass.read(Buffer.concat(batches.slice(first)), end)) pass.skip()
  }
  log.limit(0, { uncertain: pass.unreadableTo, older: 0 })
  return { log, pass }
}

/** Throws if anything but a real commit is read as one. */
function runOnce(seed: number): { mutation: string; unreadable: number } {
  const random = randomOf(seed)
  const written = logOf(random)
  const batches = written.map(({ bytes }) => bytes)
  const ends = batches.map(bytes => Number(bytes.readBigInt64BE()) + bytes.readInt32BE(23) + 1)

  const at = random(batches.length)
  const original = batches[at] ?? Buffer.of()
  const mutation = Object.keys(mutations)[random(Object.keys(mutations).length)] ?? ''
  const mutated = mutations[mutation]?.(original, random) ?? original
  const isSound = random(2) === 0 && mutated.length >= 61
  const wrong = isSound ? asIfSound(mutated, original) : mutated

  const { log, pass } = read(batches.with(at, wrong), ends)
  const result = { mutation, unreadable: pass.unreadableCount }

  const decoded = isSound ? naiveCommits(wrong) : []
  // Snappy and LZ4 decide what wrong bytes mean.
  if (decoded === undefined) return result
  const commits = [...decoded, ...written.flatMap(({ plain }) => naiveCommits(plain) ?? [])]
  const may = new Set(commits.map(textOf))
  for (const name of log.groupNames()) {
    for (const [key, { last, before }] of log.group(name)?.commits ?? []) {
      for (const logged of [last, before]) {
        const text = logged && `${name} ${key} ${describeLogged(logged)}`
        if (text && !may.has(text)) throw new Error(`it was never committed: ${text}`)
      }
    }
  }
  return result
}

test(`${RUNS} damaged logs are read to the end, and no damage becomes a commit`, async () => {
  const unreadable = new Map<string, number>()
  /** The log that takes the most CPU time, in ms. A busy machine changes it little. */
  const most = { ms: 0, seed: 0 }
  // This process already holds garbage of other tests.
  const { rss: before } = process.memoryUsage()
  for (let seed = SEED; seed < SEED + RUNS; seed++) {
    // node:zlib frees failed streams only in the next turn.
    if (seed % 100 === 0) await nextTurn()
    const started = process.cpuUsage()
    try {
      const { mutation, unreadable: count } = runOnce(seed)
      unreadable.set(mutation, (unreadable.get(mutation) ?? 0) + count)
    } catch (cause) {
      throw new Error(`FUZZ_SEED=${seed} FUZZ=1 makes it again`, { cause })
    }
    const ms = process.cpuUsage(started).user / 1000
    if (ms > most.ms) Object.assign(most, { ms, seed })
  }
  // Each kind of mutation was detected.
  expect([...unreadable.values()].every(count => count > 0)).toBe(true)
  expect(unreadable.size).toBe(RUNS < 1000 ? unreadable.size : Object.keys(mutations).length)
  expect(most.ms).toBeLessThan(10_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 29)
}, 3_600_000)
