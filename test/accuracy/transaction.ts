import { type Connection, connect } from '../../functions/kafka/connection/connection.ts'
import { errorName } from '../../functions/kafka/protocol/errors.ts'
import { type Message, message } from '../../functions/kafka/protocol/message.ts'
import type { TopicPartitionOffset } from '../brokers/clients/java-clients.ts'
import { plaintext } from '../builders/kafka-settings.ts'
import { persistently } from './cluster.ts'
import type { OpenTransaction } from './scenario.ts'

interface Producer {
  id: bigint
  epoch: number
}

interface Transaction extends Producer {
  /** Also the id of the transaction. */
  group: string
}

const GROUP = 0
const TRANSACTION = 1
/** ms; longer than any scenario. */
const TIMEOUT = 600_000

/** FindCoordinator (10), v1, the first version that also finds the coordinator of a transaction. */
const findCoordinator = message<{ name: string; type: number }, { error: number; broker: number }>({
  name: 'FindCoordinator',
  key: 10,
  versions: [1, 1],
  flexibleFrom: 3,
  write(w, { name, type }) {
    w.string(name)
    w.int8(type)
  },
  read(r) {
    r.int32() // throttle time
    const error = r.int16()
    r.nullableString() // error message
    const broker = r.int32()
    r.string() // host
    r.int32() // port
    return { error, broker }
  },
})

/** InitProducerId (22), v0. */
const initProducerId = message<{ group: string }, Producer & { error: number }>({
  name: 'InitProducerId',
  key: 22,
  versions: [0, 0],
  flexibleFrom: 2,
  write(w, { group }) {
    w.string(group)
    w.int32(TIMEOUT)
  },
  read(r) {
    r.int32() // throttle time
    return { error: r.int16(), id: r.int64(), epoch: r.int16() }
  },
})

/** AddOffsetsToTxn (25), v0. */
const addOffsets = message<Transaction, { error: number }>({
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: [0, 0],
  flexibleFrom: 3,
  write(w, { group, id, epoch }) {
    w.string(group)
    w.int64(id)
    w.int16(epoch)
    w.string(group)
  },
  read(r) {
    r.int32() // throttle time
    return { error: r.int16() }
  },
})

/** TxnOffsetCommit (28), v0. */
const commitOffsets = message<Transaction & { offsets: readonly TopicPartitionOffset[] }, { error: number }>({
  name: 'TxnOffsetCommit',
  key: 28,
  versions: [0, 0],
  flexibleFrom: 3,
  write(w, { group, id, epoch, offsets }) {
    w.string(group)
    w.string(group)
    w.int64(id)
    w.int16(epoch)
    w.array(offsets, ({ topic, partition, offset }) => {
      w.string(topic)
      w.array([partition], index => {
        w.int32(index)
        w.int64(offset)
        w.string('') // metadata
      })
    })
  },
  read(r) {
    r.int32() // throttle time
    const errors = r.array(() => {
      r.string() // topic
      return r.array(() => {
        r.int32() // partition
        return r.int16()
      })
    })
    return { error: errors.flat().find(error => error !== 0) ?? 0 }
  },
})

/** EndTxn (26), v0. */
const endTransaction = message<Transaction & { commits: boolean }, { error: number }>({
  name: 'EndTxn',
  key: 26,
  versions: [0, 0],
  flexibleFrom: 3,
  write(w, { group, id, epoch, commits }) {
    w.string(group)
    w.int64(id)
    w.int16(epoch)
    w.boolean(commits)
  },
  read(r) {
    r.int32() // throttle time
    return { error: r.int16() }
  },
})

/**
 * Sends a group's offsets within a transaction of the same name, which stays open. Unlike kafkajs, it continues after a
 * coordinator has moved.
 */
export async function openTransaction(
  bootstrap: readonly string[],
  group: string,
  offsets: readonly TopicPartitionOffset[],
): Promise<OpenTransaction> {
  const ask = <Request, Response extends { error: number }>(
    type: number,
    request: Message<Request, Response>,
    about: Request,
  ): Promise<Response> =>
    persistently(() =>
      connected(bootstrap, async connection => {
        const found = await connection.sendToAny(findCoordinator, { name: group, type })
        return withoutError(await connection.send(withoutError(found).broker, request, about))
      }),
    )

  const { id, epoch } = await ask(TRANSACTION, initProducerId, { group })
  const transaction = { group, id, epoch }
  await ask(TRANSACTION, addOffsets, transaction)
  await ask(GROUP, commitOffsets, { ...transaction, offsets })

  const end = async (commits: boolean) => {
    await ask(TRANSACTION, endTransaction, { ...transaction, commits })
  }
  return { commit: () => end(true), abort: () => end(false) }
}

async function connected<T>(
  bootstrap: readonly string[],
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(plaintext(...bootstrap))
  try {
    return await work(connection)
  } finally {
    await connection.close()
  }
}

function withoutError<T extends { error: number }>(answer: T): T {
  if (answer.error !== 0) throw new Error(errorName(answer.error))
  return answer
}
