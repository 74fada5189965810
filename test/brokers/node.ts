import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../functions/core/model/failure.ts'
import { type JavaProcess, startJava } from './java.ts'
import { resume, suspend } from './suspend.ts'

/** One node of a Kafka cluster, broker and controller in one. */
export interface KafkaNode {
  readonly id: number
  /** host:port of the node's plaintext listener, the same after each start. */
  readonly address: string
  /** The process id while the node runs. */
  readonly pid: number | undefined
  /** Resolves when the node serves. Throws a Failure with the node's last log lines if it does not start. */
  start(): Promise<void>
  /** Sends SIGTERM: the node hands over its partitions first. */
  stop(): Promise<void>
  /** Sends SIGKILL: the node hands over nothing. */
  kill(): Promise<void>
  /** Sends SIGSTOP. Resolves when the node answers no more. */
  suspend(): Promise<void>
  /** Lets the node continue after `suspend`. */
  resume(): void
}

export interface NodeCommand {
  id: number
  address: string
  /** Options of java, before the main class. */
  options: readonly string[]
  main: 'KafkaNode' | 'ZooKeeperNode'
  /** Arguments of `main`. */
  args: readonly string[]
}

const startTimeoutMs = 120_000

/** With KRaft, and with ZooKeeper. */
const isStarted = /Kafka Server started|\[KafkaServer id=\d+\] started/

export function kafkaNode({ id, address, options, main, args }: NodeCommand): KafkaNode {
  let java: JavaProcess | undefined

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    java?.signal(signal)
    await java?.ended
  }

  return {
    id,
    address,
    get pid() {
      return java?.pid
    },

    async start() {
      if (java) return
      const starting = await startJava(options, main, args)
      java = starting
      const ended = starting.ended.then(code => {
        java = undefined
        return `ended with exit code ${code}`
      })

      const timeout = new AbortController()
      const outcome = await Promise.race([
        new Promise<string>(serves => starting.onLine(line => isStarted.test(line) && serves('serves'))),
        ended,
        sleep(startTimeoutMs, `did not serve within ${startTimeoutMs / 1000} s`, { signal: timeout.signal }),
      ])
      timeout.abort()
      if (outcome === 'serves') return

      await end('SIGKILL')
      throw new Failure(`Kafka node ${id} at ${address} ${outcome}. Its last lines:\n${starting.lastLines()}`)
    },

    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    suspend: () => suspend(java?.pid ?? Number.NaN),
    resume: () => resume(java?.pid ?? Number.NaN),
  }
}
