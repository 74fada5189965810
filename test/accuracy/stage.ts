import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import type { Kafka } from '../brokers/broker.ts'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import type { GroupMember, JavaClients } from '../brokers/clients/java-clients.ts'
import { produce } from '../brokers/clients/topics.ts'
import { keysOf, type Player, topicOf } from './cast.ts'
import { persistently } from './cluster.ts'
import { keyOf, type Touch } from './history.ts'
import type { Member, Stage } from './scenario.ts'
import { openTransaction } from './transaction.ts'
import type { Witness } from './witness.ts'

/** Number of records that a streams group finds in each partition. */
const RECORDS = 10

export interface Theatre {
  kafka: Kafka
  admin: Admin
  clients: JavaClients
  witness: Witness
  /** ms since the epoch. */
  startedAt: number
  /** The actions, in the order in which they ended. */
  touches: Touch[]
  restartBrokers: () => Promise<void>
  untilLookedAt: () => Promise<void>
}

/** One player's access to its group. Records all actions. */
export function stageOf(player: Player, theatre: Theatre): Stage {
  const { kafka, admin, clients, witness, startedAt } = theatre
  const { bootstrap } = kafka
  const { group, partitions } = player

  const topicName = (name: string) => topicOf(player, name)
  const offsetsOf = (name: string, offset: bigint) => keysOf(player, name).map(key => ({ ...key, offset }))

  async function touch<T>(
    topic: string | null,
    work: () => Promise<T>,
    deletes: Touch['deletes'] = null,
  ): Promise<T> {
    const from = Date.now()
    const result = await work()
    const isTopic = topic === null ? null : topicName(topic)
    theatre.touches.push({ group, topic: isTopic, from, to: Date.now(), deletes })
    return result
  }

  async function join(member: GroupMember, topics: readonly string[]): Promise<void> {
    await touch(null, () => persistently(() => member.subscribe(...topics.map(topicName))))
  }

  return {
    at: seconds => sleep(Math.max(0, startedAt + seconds * 1000 - Date.now())),

    untilLookedAt: theatre.untilLookedAt,

    commit: (topic, offset, options = {}) =>
      touch(topic, () =>
        persistently(() => commitRaw(bootstrap, [{ group, offsets: offsetsOf(topic, offset), ...options }])),
      ),

    async join(protocol, ...topics): Promise<Member> {
      if (protocol === 'streams') {
        for (const topic of topics)
          await produce(bootstrap, topicName(topic), { partitions, records: RECORDS })
        const streams = clients.streams(group, { 'state.dir': kafka.folder })
        await join(streams, topics)
        // A streams group commits all records after it has read them, and then has nothing more to commit.
        const keys = topics.flatMap(topic => keysOf(player, topic))
        await touch(null, () =>
          witness.until(
            () => keys.every(key => witness.committed(key) === BigInt(RECORDS)),
            `${group} has committed all records`,
          ),
        )
        return {
          commit: async () => {},
          pollDuring: work => work,
          leave: () => touch(null, () => streams.close()),
        }
      }

      const consumer = clients[protocol](group)
      await join(consumer, topics)
      return {
        commit: (topic, offset) => touch(topic, () => consumer.commit(...offsetsOf(topic, offset))),
        async pollDuring(work) {
          let isDone = false
          const done = () => {
            isDone = true
          }
          void work.then(done, done)
          while (!isDone) await consumer.poll(200)
          return work
        },
        leave: () => touch(null, () => consumer.close()),
      }
    },

    async transaction(topic, offset) {
      const pending = await touch(topic, () => openTransaction(bootstrap, group, offsetsOf(topic, offset)))
      return {
        commit: () => touch(topic, pending.commit),
        abort: () => touch(topic, pending.abort),
      }
    },

    untilGone: topic =>
      witness.until(
        () => keysOf(player, topic).every(key => witness.history(key).at(-1)?.offset === null),
        `all offsets of ${keyOf({ group, topic, partition: 0 })} and its other partitions are gone`,
        100_000,
      ),

    async deleteGroup() {
      await touch(null, () => persistently(() => admin.deleteGroups([group])), 'deleted')
    },

    async deleteTopic(topic) {
      const name = topicName(topic)
      // An earlier attempt may have deleted it, although its answer was lost.
      const deletion = async () =>
        (await admin.listTopics()).includes(name) && (await admin.deleteTopics({ topics: [name] }))
      await touch(topic, () => persistently(deletion), 'topic-deleted')
    },

    createTopic: topic =>
      touch(topic, async () => {
        const topics = [{ topic: topicName(topic), numPartitions: partitions }]
        await persistently(() => admin.createTopics({ topics, waitForLeaders: false }))
      }),

    restartBrokers: theatre.restartBrokers,
  }
}
