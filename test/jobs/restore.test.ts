import { beforeEach, describe, expect, test } from '@jest/globals'
import { Failure } from '../../functions/core/model/failure.ts'
import {
  type CurrentGroup,
  NotAnswering,
  type OffsetAndMetadata,
  type WriteAnswer,
} from '../../functions/core/recovery/current-group.ts'
import { planRestore } from '../../functions/core/recovery/restore-plan.ts'
import type { RestoreIntent, RestoreResult } from '../../functions/core/recovery/restore-record.ts'
import { type Restore, restore } from '../../functions/jobs/restore.ts'

// Answers that never come, and offsets that change in between. A real broker shows them only at a rare moment.

const partition = { topic: 'orders', partition: 0 }
const position = (offset: bigint): OffsetAndMetadata => ({ offset, leaderEpoch: 3, metadata: 'note' })

let committed: OffsetAndMetadata | undefined
let state: string
/** Replacements for the next writes, one each. */
let onWrite: ((write: () => WriteAnswer[]) => WriteAnswer[])[]
/** Run before the next readings, one each. */
let onRead: (() => void)[]
let writes: number
let recorded: { intent?: RestoreIntent; result?: RestoreResult }

beforeEach(() => {
  committed = undefined
  state = 'Empty'
  onWrite = []
  onRead = []
  writes = 0
  recorded = {}
})

const read = (): CurrentGroup => ({
  kind: 'simple',
  state,
  partitions: [
    {
      ...partition,
      presence: 'there',
      topicId: 'id',
      committed: committed ?? 'none',
      log: { start: 0n, end: 100n },
    },
  ],
})

const kafka: Restore['kafka'] = {
  async read() {
    onRead.shift()?.()
    return read()
  },
  async write(_, [offset]) {
    writes++
    const take = (): WriteAnswer[] => {
      committed = offset
      return [{ ...partition, outcome: 'written', why: '' }]
    }
    return onWrite.shift()?.(take) ?? take()
  },
}

const unsure: WriteAnswer[] = [
  { ...partition, outcome: 'unsure', why: 'the coordinator is not available (X)' },
]

async function run(options: Partial<Restore> = {}) {
  const known = { status: 'gone', lost: 50n } as const
  const wanted = { ...partition, ...position(50n), topicId: 'id', known, restored: null }
  const chosen = {
    selection: { topic: undefined, partitions: undefined, all: true },
    belowStart: 'refuse',
  } as const
  const plan = planRestore('g', [wanted], read(), chosen)
  const source = { kind: 'snapshot', takenAt: 0 } as const
  const outcome = await restore({
    proposed: { cluster: 'prod', clusterId: 'id', source, ...chosen, plan, hidden: null },
    kafka,
    restores: {
      async begin(intent) {
        recorded.intent = intent
      },
      async end(result) {
        recorded.result = result
      },
    },
    by: { user: 'ada', host: 'laptop' },
    toolVersion: 'test',
    now: Date.now,
    lookAgainAfter: 0,
    patience: 1000,
    pause: 1,
    signal: new AbortController().signal,
    tell: () => {},
    ...options,
  })
  return { ...outcome, row: outcome.result.rows[0] }
}

describe('a write without an answer', () => {
  test('is not repeated if it took effect', async () => {
    onWrite = [write => write() && unsure]
    expect((await run()).row).toMatchObject({ outcome: 'restored', found: 50n, why: null })
    expect(writes).toBe(1)
  })

  test('is repeated after a new read if it did not take effect', async () => {
    onWrite = [() => unsure]
    expect((await run()).row).toMatchObject({ outcome: 'restored', found: 50n })
    expect(writes).toBe(2)
  })

  test.each<[string, { committed?: OffsetAndMetadata; state?: string }, object]>([
    ['somebody has committed', { committed: position(70n) }, { outcome: 'changed', found: 70n }],
    ['members have joined', { state: 'Stable' }, { outcome: 'members' }],
    ['the group was deleted', { state: 'Dead' }, { outcome: 'changed' }],
  ])('is not repeated if in the meantime %s', async (_, change, expected) => {
    const meanwhile = () => {
      committed = change.committed ?? committed
      state = change.state ?? state
    }
    onWrite = [() => unsure]
    onRead = [() => {}, meanwhile]
    expect((await run()).row).toMatchObject(expected)
    expect(writes).toBe(1)
  })

  test('stays unsure if no answer ever comes', async () => {
    onWrite = Array.from({ length: 10_000 }, () => () => unsure)
    const { row } = await run({ patience: 50 })
    expect(row).toMatchObject({ outcome: 'unsure', why: 'the coordinator is not available (X)' })
  })
})

describe('a Kafka that does not answer', () => {
  const silent = () => {
    throw new NotAnswering('cannot read group "g" now: broker 2 is away.')
  }

  test('only delays the restore if it answers later', async () => {
    onRead = [silent, silent, () => {}, silent]
    expect((await run()).row).toMatchObject({ outcome: 'restored' })
  })

  test('leaves each offset as it is, and the result says so', async () => {
    onRead = Array.from({ length: 10_000 }, () => silent)
    const { row, result } = await run({ patience: 50 })
    expect(row).toMatchObject({
      outcome: 'failed',
      why: 'the write was not tried: cannot read group "g" now: broker 2 is away.',
    })
    expect(result.lookedAgainAt).toBeNull()
    expect(writes).toBe(0)
  })

  test('makes the outcome unsure if only the read-back fails', async () => {
    onRead = [() => {}, ...Array.from({ length: 10_000 }, () => silent)]
    const { row } = await run({ patience: 50 })
    expect(row).toMatchObject({
      outcome: 'unsure',
      why: expect.stringMatching(/^written, but not read back: cannot read/),
    })
  })
})

test('an interruption of the last look still reports and stores the result', async () => {
  const interrupted = new AbortController()
  const { result } = await run({
    lookAgainAfter: 60_000,
    signal: interrupted.signal,
    tell: step => void (step === 'read back' && interrupted.abort(new Error('interrupted'))),
  })
  expect(result).toMatchObject({ lookedAgainAt: null, rows: [{ outcome: 'restored' }] })
  expect(recorded.result).toEqual(result)
})

test('commits by members who have joined since do not count as overwriting', async () => {
  const { row } = await run({
    tell: step => {
      if (step === 'written') return
      state = 'Stable'
      committed = position(60n)
    },
  })
  expect(row).toMatchObject({
    outcome: 'restored',
    found: 60n,
    why: expect.stringContaining('members have joined'),
  })
})

describe('a store that cannot be written', () => {
  const full = async () => {
    throw new Failure('cannot write the store: the disk is full.')
  }

  test('prevents the restore', async () => {
    await expect(run({ restores: { begin: full, end: full } })).rejects.toThrow('the disk is full')
    expect(writes).toBe(0)
  })

  test('is reported beside the result if only the result cannot be written', async () => {
    const { row, unrecorded } = await run({ restores: { begin: async () => {}, end: full } })
    expect({ outcome: row?.outcome, unrecorded }).toEqual({
      outcome: 'restored',
      unrecorded: 'cannot write the store: the disk is full.',
    })
  })
})
