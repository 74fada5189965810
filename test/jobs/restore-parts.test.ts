import { describe, expect, test } from '@jest/globals'
import { recordBytes } from '../../functions/core/recovery/commit-parts.ts'
import type {
  CurrentGroup,
  OffsetAndMetadata,
  WriteAnswer,
} from '../../functions/core/recovery/current-group.ts'
import { planRestore } from '../../functions/core/recovery/restore-plan.ts'
import { type Restore, restore } from '../../functions/jobs/restore.ts'

// Events between two requests of one restore. A real broker shows them only at a rare moment.

const PARTITIONS = 8
const topic = 'orders'
const oneRecord = recordBytes('g', [{ topic, partition: 0, metadata: '' }])

/** A coordinator that accepts only this number of records at once. */
function coordinator(takes: number, metadataOf: (partition: number) => string = () => '') {
  const committed = new Map<number, OffsetAndMetadata>()
  const requests: number[] = []
  const afterRequest: (request: number) => void = () => {}
  const group = { state: 'Empty', committed, requests, afterRequest, metadataOf }

  const kafka: Restore['kafka'] = {
    async read(): Promise<CurrentGroup> {
      const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic,
        partition,
        presence: 'there' as const,
        topicId: 'id',
        committed: committed.get(partition) ?? ('none' as const),
        log: { start: 0n, end: 100n },
      }))
      return { kind: 'simple', state: group.state, partitions }
    },
    async write(name, offsets): Promise<WriteAnswer[]> {
      const isTaken = recordBytes(name, offsets) <= takes * oneRecord
      if (isTaken) for (const { partition, ...offset } of offsets) committed.set(partition, offset)
      requests.push(offsets.length)
      group.afterRequest(requests.length)
      return offsets.map(({ partition }) => ({
        topic,
        partition,
        outcome: isTaken ? 'written' : 'too-large',
        why: isTaken ? '' : 'its record is too large',
      }))
    },
  }
  return { ...group, group, kafka }
}

async function run({ kafka, metadataOf }: ReturnType<typeof coordinator>, signal?: AbortSignal) {
  const wanted = Array.from({ length: PARTITIONS }, (_, partition) => ({
    topic,
    partition,
    offset: 50n,
    leaderEpoch: null,
    metadata: metadataOf(partition),
    topicId: 'id',
    known: { status: 'gone', lost: 50n } as const,
    restored: null,
  }))
  const chosen = {
    selection: { topic: undefined, partitions: undefined, all: true },
    belowStart: 'refuse',
  } as const
  const plan = planRestore('g', wanted, await kafka.read('g', []), chosen)
  const source = { kind: 'snapshot', takenAt: 0 } as const
  const { result } = await restore({
    proposed: { cluster: 'prod', clusterId: 'id', source, ...chosen, plan, hidden: null },
    kafka,
    restores: { begin: async () => {}, end: async () => {} },
    by: { user: 'ada', host: 'laptop' },
    toolVersion: 'test',
    now: Date.now,
    lookAgainAfter: 0,
    patience: 1000,
    pause: 1,
    signal: signal ?? new AbortController().signal,
    tell: () => {},
  })
  return result.rows.map(({ outcome, why }) => (why === null ? outcome : `${outcome}: ${why}`))
}

const all = (outcome: string, count = PARTITIONS) => Array.from({ length: count }, () => outcome)

describe('a request that is too large', () => {
  test.each<[string, number, number[]]>([
    ['is not made if all records fit', 8, [8]],
    ['is halved', 4, [8, 4, 4]],
    ['is halved until it fits, and the limit is remembered', 2, [8, 4, 2, 2, 2, 2]],
    ['is halved down to single partitions', 1, [8, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1]],
  ])('%s', async (_, takes, requests) => {
    const at = coordinator(takes)
    expect(await run(at)).toEqual(all('restored'))
    expect(at.requests).toEqual(requests)
  })

  test('costs only the one partition that is too large, with its cause', async () => {
    const at = coordinator(4, partition => (partition === 2 ? 'm'.repeat(4 * oneRecord) : ''))
    const rows = await run(at)
    expect(rows[2]).toBe('failed: its record is too large')
    expect(rows.toSpliced(2, 1)).toEqual(all('restored', 7))
    expect([...at.committed.keys()].sort((a, b) => a - b)).toEqual([0, 1, 3, 4, 5, 6, 7])
  })

  test('fails each partition if the coordinator accepts none', async () => {
    expect(await run(coordinator(0))).toEqual(all('failed: its record is too large'))
  })
})

describe('between two requests', () => {
  test.each<[string, (at: ReturnType<typeof coordinator>['group']) => void, string]>([
    [
      'a member joins',
      at => {
        at.state = 'Stable'
      },
      'members: members have joined since the plan was made',
    ],
    [
      'a hidden consumer commits',
      ({ committed }) => {
        for (let partition = 4; partition < PARTITIONS; partition++)
          committed.set(partition, { offset: 70n, leaderEpoch: null, metadata: '' })
      },
      'changed: 70 was committed since the plan was made',
    ],
  ])('%s: the rest is refused, and the result lists what was written', async (_, happens, expected) => {
    const at = coordinator(4)
    at.group.afterRequest = request => void (request === 2 && happens(at.group))
    expect(await run(at)).toEqual([...all('restored', 4), ...all(expected, 4)])
    expect(at.requests).toEqual([8, 4])
  })

  test('an interruption leaves the rest, and the same command then writes only the rest', async () => {
    const at = coordinator(4)
    const interrupted = new AbortController()
    at.group.afterRequest = request => void (request === 2 && interrupted.abort(new Error('interrupted')))
    const { kafka } = at
    const aborting: Restore['kafka'] = {
      ...kafka,
      async read(...asked) {
        interrupted.signal.throwIfAborted()
        return await kafka.read(...asked)
      },
    }
    expect(await run({ ...at, kafka: aborting }, interrupted.signal)).toEqual([
      ...all('unsure: written, but not read back: interrupted', 4),
      ...all('failed: the request was too large, and a smaller one was not tried: interrupted', 4),
    ])

    at.group.afterRequest = () => {}
    expect(await run(at)).toEqual(all('restored', 4))
    expect(at.requests).toEqual([8, 4, 4])
  })
})
