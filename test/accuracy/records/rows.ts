/** Topics keep their records for 20 s, in segments of 4 s. */
export const RETENTION = 20_000
const SEGMENT = 4000
const HOUR = 3_600_000

/** A topic of one partition, the records written to it, and a group that has read some of them. */
export interface RecordsRow {
  name: string
  title: string
  configs?: Readonly<Record<string, string>>
  /** True if no snapshot may warn of a deletion, or report a loss. */
  isSilent?: boolean
  /** True if there is no upper bound for the deletion. */
  isOpenEnded?: boolean
  /** True if the short form includes this row, too. */
  isShort?: boolean
  play(stage: RecordsStage): Promise<void>
}

interface SendOptions {
  isCompressed?: boolean
  isOneKey?: boolean
}

export interface RecordsStage {
  /** Resolves at this number of seconds after the start. */
  at: (seconds: number) => Promise<void>
  /** Sends one batch, with a record for each time: ms from now. */
  send: (times: readonly number[], options?: SendOptions) => Promise<void>
  /** Sends this number of records in a transaction. */
  transaction: (records: number, end: 'commit' | 'abort') => Promise<void>
  commit: (offset: bigint) => Promise<void>
  deleteBefore: (offset: bigint) => Promise<void>
}

/** Sends a batch of one record every half second, for 12 s. */
async function eachHalfSecond(
  { at, send }: RecordsStage,
  timeOf: (i: number) => number = () => 0,
): Promise<void> {
  for (let i = 0; i < 24; i++) {
    await at(i / 2)
    await send([timeOf(i)])
  }
}

const halfRead = (timeOf?: (i: number) => number) => async (stage: RecordsStage) => {
  await stage.commit(6n)
  await eachHalfSecond(stage, timeOf)
}

const oneSegment = { 'segment.ms': String(HOUR) }
const anyTime = { 'message.timestamp.after.max.ms': '9223372036854775807' }
const compacted = { 'cleanup.policy': 'compact', 'segment.ms': '1000', 'min.cleanable.dirty.ratio': '0.01' }

export const defaults = { 'retention.ms': String(RETENTION), 'segment.ms': String(SEGMENT) }

export const rows: readonly RecordsRow[] = [
  { name: 'segments', title: 'several segments', isShort: true, play: halfRead() },
  { name: 'active', title: 'the active segment', configs: oneSegment, play: halfRead() },
  {
    name: 'idle',
    title: 'an idle producer',
    configs: oneSegment,
    isShort: true,
    async play({ send, commit }) {
      await commit(5n)
      for (let i = 0; i < 20; i++) await send([0])
    },
  },
  { name: 'disorder', title: 'CreateTime in disorder', play: halfRead(i => (((i * 7) % 9) - 4) * 1000) },
  {
    name: 'future-before',
    title: 'CreateTime in the future, before the offset',
    configs: anyTime,
    isSilent: true,
    play: halfRead(i => (i === 3 ? HOUR : 0)),
  },
  {
    name: 'future-after',
    title: 'CreateTime in the future, after the offset',
    configs: anyTime,
    play: halfRead(i => (i === 10 ? HOUR : 0)),
  },
  {
    name: 'append-time',
    title: 'LogAppendTime, with a CreateTime of a year ago',
    configs: { 'message.timestamp.type': 'LogAppendTime' },
    play: halfRead(() => -8760 * HOUR),
  },
  {
    name: 'compact-delete',
    title: 'compact,delete',
    configs: { ...compacted, 'cleanup.policy': 'compact,delete' },
    isOpenEnded: true,
    play: halfRead(),
  },
  {
    name: 'gzip',
    title: 'compressed batches of four, an offset inside one',
    async play({ at, send, commit }) {
      await commit(6n)
      for (let i = 0; i < 12; i++) {
        await at(i)
        await send([-300, -200, -100, 0], { isCompressed: true })
      }
    },
  },
  {
    name: 'markers',
    title: 'only the marker of a transaction',
    isSilent: true,
    isShort: true,
    async play({ transaction, commit }) {
      await transaction(12, 'commit')
      await commit(12n)
    },
  },
  {
    name: 'aborted',
    title: 'only an aborted transaction',
    isSilent: true,
    async play({ transaction, commit }) {
      await transaction(12, 'commit')
      await transaction(5, 'abort')
      await commit(12n)
    },
  },
  {
    name: 'gaps',
    title: 'a compacted topic with gaps',
    configs: compacted,
    isSilent: true,
    async play({ at, send, commit }) {
      await commit(3n)
      for (let i = 0; i < 24; i++) {
        await at(i / 2)
        await send([0], { isOneKey: true })
      }
    },
  },
  {
    name: 'purged',
    title: 'a repartition topic of Kafka Streams, purged by DeleteRecords',
    configs: { 'retention.ms': '-1' },
    isSilent: true,
    isShort: true,
    async play({ at, send, commit, deleteBefore }) {
      for (let i = 1; i <= 40; i++) {
        await at(i)
        await send([0, 0, 0])
        await commit(BigInt(i * 3))
        await deleteBefore(BigInt(i * 3))
      }
    },
  },
]
