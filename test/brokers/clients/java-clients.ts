import { Failure } from '../../../functions/core/model/failure.ts'
import { startJava } from '../java.ts'
import { clientsClasspath } from '../libraries.ts'

export interface TopicPartition {
  topic: string
  partition: number
}

export interface TopicPartitionOffset extends TopicPartition {
  offset: bigint
}

/** A member of a group until it is closed, even if it does not poll. */
export interface GroupMember {
  /** Joins the group. Resolves when it is a member and has its partitions; a share group's member gets none. */
  subscribe(...topics: string[]): Promise<void>
  /** Leaves the group. */
  close(): Promise<void>
}

/** Reads records and commits only on request. */
export interface GroupConsumer extends GroupMember {
  /** Assigns partitions without joining the group, which does not notice. */
  assign(...partitions: TopicPartition[]): Promise<void>
  commit(...offsets: (TopicPartitionOffset & { metadata?: string })[]): Promise<void>
  /** The first record of each partition: where the consumer continues. Empty after `timeoutMs` without records. */
  poll(timeoutMs: number): Promise<TopicPartitionOffset[]>
}

/** More settings of the client, by Kafka's names. */
type ClientProperties = Readonly<Record<string, string>>

/** Kafka's own clients, all in one JVM, which ends with this process at the latest. */
export interface JavaClients extends AsyncDisposable {
  /** A consumer of a classic group, or of a simple group if it only calls assign(). */
  classic(group: string, properties?: ClientProperties): GroupConsumer
  /** A consumer of a KIP-848 group. */
  consumer(group: string, properties?: ClientProperties): GroupConsumer
  /** A member of a streams group (KIP-1071), which reads its topics and commits what it has read. */
  streams(group: string, properties?: ClientProperties): GroupMember
  /** A member of a share group (KIP-932). */
  share(group: string, properties?: ClientProperties): GroupMember
  /** Kills the JVM: no member leaves its group. */
  kill(): Promise<void>
  /** Sends SIGTERM: no member leaves its group, but the JVM finishes its own work. */
  stop(): Promise<void>
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

/**
 * Throws a Failure without a JDK.
 * @param javaOptions more options of `java`
 */
export async function startJavaClients(
  bootstrap: readonly string[],
  javaOptions: readonly string[] = [],
): Promise<JavaClients> {
  const options = ['-Xmx256m', ...(await clientsClasspath()), ...javaOptions]
  const java = await startJava(options, 'Clients', [bootstrap.join()])
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0

  java.onLine(line => {
    if (!line.startsWith('{')) return
    const { id, result, error }: Answer = JSON.parse(line)
    const question = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) question?.resolve(result)
    else question?.reject(new Failure(`The Java client answered: ${error}`))
  })
  void java.ended.then(() => {
    for (const { reject } of waiting.values())
      reject(new Failure(`The Java clients ended. Their last lines:\n${java.lastLines()}`))
    waiting.clear()
  })

  function ask(command: object): Promise<unknown> {
    const id = ++lastId
    const question = Promise.withResolvers<unknown>()
    waiting.set(id, question)
    java.stdin.write(`${JSON.stringify({ id, ...command })}\n`)
    return question.promise
  }

  function member(kind: 'consumer' | 'streams' | 'share', group: string, properties: ClientProperties) {
    const client = `${kind}-${++lastId}`
    const act = (action: string, more: object = {}) =>
      ask({ client, kind, group, properties, action, ...more })

    return {
      act,
      async subscribe(...topics: string[]) {
        await act('subscribe', { topics })
      },
      async close() {
        await act('close')
      },
    }
  }

  function groupConsumer(group: string, properties: ClientProperties): GroupConsumer {
    const { act, ...joined } = member('consumer', group, properties)
    return {
      ...joined,
      async assign(...partitions) {
        await act('assign', { partitions })
      },
      async commit(...offsets) {
        await act('commit', { offsets: offsets.map(item => ({ ...item, offset: String(item.offset) })) })
      },
      async poll(timeoutMs) {
        return positions(await act('poll', { timeoutMs }))
      },
    }
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    java.signal(signal)
    await java.ended
  }
  const kill = () => end('SIGKILL')

  return {
    classic: (group, properties = {}) => groupConsumer(group, properties),
    consumer: (group, properties = {}) =>
      groupConsumer(group, { ...properties, 'group.protocol': 'consumer' }),
    streams: (group, properties = {}) => member('streams', group, properties),
    share: (group, properties = {}) => member('share', group, properties),
    kill,
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: kill,
  }
}

function positions(result: unknown): TopicPartitionOffset[] {
  if (!Array.isArray(result)) throw new TypeError('expected the first records as a list')
  return result.map(({ topic, partition, offset }) => ({ topic, partition, offset: BigInt(offset) }))
}
