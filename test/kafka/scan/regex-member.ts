import { randomUUID } from 'node:crypto'
import type { Connection } from '../../../functions/kafka/connection/connection.ts'
import { message } from '../../../functions/kafka/protocol/message.ts'
import { findCoordinator } from '../../../functions/kafka/protocol/messages/find-coordinator.ts'
import { isRetriable } from '../../../functions/kafka/requests/coordinators.ts'
import { until } from '../../brokers/until.ts'

interface Assigned {
  id: [bigint, bigint]
  partitions: number[]
}

interface Heartbeat {
  group: string
  memberId: string
  epoch: number
  /** Null if the regular expression has not changed. */
  regex: string | null
  owned: Assigned[]
}

/** ConsumerGroupHeartbeat (68), v1, the first with regular expressions (KIP-848). */
const heartbeat = message<Heartbeat, { error: number; epoch: number; assigned: Assigned[] | null }>({
  name: 'ConsumerGroupHeartbeat',
  key: 68,
  versions: [1, 1],
  flexibleFrom: 0,

  write(w, { group, memberId, epoch, regex, owned }) {
    w.string(group)
    w.string(memberId)
    w.int32(epoch)
    w.string(null) // instance id
    w.string(null) // rack
    w.int32(60_000) // rebalance timeout, ms
    w.array(null, () => {}) // topic names
    w.string(regex)
    w.string(null) // assignor
    w.array(owned, ({ id, partitions }) => {
      for (const half of id) w.int64(half)
      w.array(partitions, partition => w.int32(partition))
      w.tags()
    })
  },

  read(r) {
    r.int32() // throttle time
    const error = r.int16()
    r.nullableString() // error message
    r.nullableString() // member id
    const epoch = r.int32()
    r.int32() // heartbeat interval
    const isAssigned = r.int8() >= 0
    if (!isAssigned) return { error, epoch, assigned: null }

    const assigned = r.array((): Assigned => {
      const topic = { id: [r.int64(), r.int64()] as [bigint, bigint], partitions: r.array(() => r.int32()) }
      r.tags()
      return topic
    })
    r.tags()
    return { error, epoch, assigned }
  },
})

/** A member that subscribes by a regular expression, and has its partitions when this resolves. */
export async function joinByRegex(connection: Connection, group: string, regex: string): Promise<void> {
  // A broker's first group waits until the broker has created `__consumer_offsets`.
  const coordinator = await until(async () => {
    const [found] = await connection.sendToAny(findCoordinator, { groups: [group] })
    return found?.error === 0 && found
  })
  const member: Heartbeat = { group, memberId: randomUUID(), epoch: 0, regex, owned: [] }

  while (true) {
    const { error, epoch, assigned } = await connection.send(coordinator.broker, heartbeat, member)
    if (error !== 0 && !isRetriable(error)) throw new Error(`the heartbeat was answered with error ${error}`)

    const isSettled = member.owned.length > 0 && assigned === null && epoch === member.epoch
    if (isSettled) return
    if (error === 0) Object.assign(member, { epoch, regex: null, owned: assigned ?? member.owned })
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
