import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KafkaVersion, kafkaClasspath } from './libraries.ts'
import { type KafkaNode, kafkaNode } from './node.ts'
import { freePorts } from './ports.ts'
import { type Properties, serverProperties } from './properties.ts'

export interface KafkaOptions {
  version?: KafkaVersion
  brokers?: 1 | 3
  /** offsets.retention.minutes, 1 by default: Kafka takes whole minutes only. */
  retentionMinutes?: number
  /** offsets.retention.check.interval.ms, 1,000 by default. */
  sweepMs?: number
  /** Further lines of every node's server.properties. */
  properties?: Properties
}

/** A real Kafka cluster on this machine, in KRaft mode. It ends with this process at the latest. */
export interface Kafka extends AsyncDisposable {
  readonly version: KafkaVersion
  /** host:port of every node's plaintext listener. */
  readonly bootstrap: readonly string[]
  readonly nodes: readonly KafkaNode[]
  /** Ends every node and removes the data. */
  close(): Promise<void>
}

/** Resolves when all nodes serve. Throws a Failure with the last log lines where one does not. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options)
    } catch (error) {
      // Between the choice of a port and its use another process may have taken it.
      const portTaken = error instanceof Error && error.message.includes('Address already in use')
      if (!portTaken || attempt === 3) throw error
    }
  }
}

async function startOnce(options: KafkaOptions): Promise<Kafka> {
  const { version = '4.3.1', brokers = 1, retentionMinutes = 1, sweepMs = 1000 } = options
  const classpath = await kafkaClasspath(version, 'node')
  const folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  const clusterId = randomBytes(16).toString('base64url')

  const ports = await freePorts(brokers * 2)
  const members = Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    port: ports[index] ?? 0,
    controllerPort: ports[brokers + index] ?? 0,
  }))

  const nodes = await Promise.all(
    members.map(async member => {
      const home = join(folder, `node-${member.id}`)
      await mkdir(home)
      const file = join(home, 'server.properties')
      const settings = { member, members, logs: join(home, 'logs'), retentionMinutes, sweepMs }
      await writeFile(file, serverProperties(settings, options.properties ?? {}))

      return kafkaNode({
        id: member.id,
        address: `127.0.0.1:${member.port}`,
        options: [brokers === 1 ? '-Xmx512m' : '-Xmx320m', ...classpath],
        args: [folder, file, '--cluster-id', clusterId],
      })
    }),
  )

  async function close(): Promise<void> {
    await Promise.all(nodes.map(node => node.kill()))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  const started = await Promise.allSettled(nodes.map(node => node.start()))
  const failed = started.find(result => result.status === 'rejected')
  if (failed) {
    await close()
    throw failed.reason
  }

  return {
    version,
    bootstrap: nodes.map(node => node.address),
    nodes,
    close,
    [Symbol.asyncDispose]: close,
  }
}
