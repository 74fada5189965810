import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Coordinator, defaultCoordinator, groupsOf } from './coordinators.ts'
import { hasKRaft, type KafkaVersion, newestKafka, nodeClasspath } from './libraries.ts'
import { type KafkaNode, kafkaNode } from './node.ts'
import { freePorts } from './ports.ts'
import { type Member, type Properties, type SecurityProtocol, serverProperties } from './properties.ts'

export interface KafkaOptions {
  version?: KafkaVersion
  /** By default the version's own. Throws a RangeError if the version does not have this one. */
  coordinator?: Coordinator
  brokers?: 1 | 3
  /**
   * offsets.retention.minutes, by default a week, as in Kafka: no offset is gone before a slow test has read it. A commit
   * can have its own expiry instead.
   */
  retentionMinutes?: number
  /** offsets.retention.check.interval.ms, 1,000 by default. */
  sweepMs?: number
  /** More lines of every node's server.properties. */
  properties?: Properties
  /** Listeners beside PLAINTEXT; secured.ts has a set of them. */
  listeners?: Readonly<Record<string, SecurityProtocol>>
  /** Users of SASL SCRAM, who are part of the cluster's first metadata: name to password. */
  scramUsers?: Readonly<Record<string, string>>
  /** More options of every node's `java`. */
  javaOptions?: readonly string[]
  /** Stops the start; has no effect once all nodes serve. */
  signal?: AbortSignal
}

/**
 * A real Kafka cluster on this machine, in KRaft mode if its version has that for production. The cluster ends with
 * this process at the latest.
 */
export interface Kafka extends AsyncDisposable {
  readonly version: KafkaVersion
  /** host:port of every node's plaintext listener. */
  readonly bootstrap: readonly string[]
  readonly nodes: readonly KafkaNode[]
  /** The folder of the cluster's data, in the system's temporary folder. */
  readonly folder: string
  /** host:port of every node's listener of that name. */
  listener(name: string): readonly string[]
  /** Stops every node and removes the data. */
  close(): Promise<void>
}

/** Resolves when all nodes serve. Throws a Failure with the last log lines if one does not. */
export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options)
    } catch (error) {
      options.signal?.throwIfAborted()
      // Another process may take a port between its choice and its use.
      const portTaken = error instanceof Error && error.message.includes('Address already in use')
      if (!portTaken || attempt === 3) throw error
    }
  }
}

async function startOnce(options: KafkaOptions): Promise<Kafka> {
  const { version = newestKafka, brokers = 1, retentionMinutes = 7 * 24 * 60, sweepMs = 1000 } = options
  const { signal } = options
  const { coordinator = defaultCoordinator(version) } = options
  const groups = groupsOf(version, coordinator)
  if (!groups) throw new RangeError(`Kafka ${version} does not have the ${coordinator} coordinator`)
  signal?.throwIfAborted()
  const listeners = { PLAINTEXT: 'PLAINTEXT', ...options.listeners } as const
  const classpath = await nodeClasspath(version, signal)
  const folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  const members = await withPorts(brokers, Object.keys(listeners))
  const isKRaft = hasKRaft(version)
  const format = isKRaft ? formatOptions(options.scramUsers ?? {}, groups.features) : []

  const nodes = await Promise.all(
    members.map(async member => {
      const home = join(folder, `node-${member.id}`)
      const file = join(home, 'server.properties')
      const logs = join(home, 'logs')
      const settings = { isKRaft, member, members, listeners, logs, retentionMinutes, sweepMs }
      await mkdir(home)
      await writeFile(file, serverProperties(settings, { ...groups.properties, ...options.properties }))

      return kafkaNode({
        id: member.id,
        address: address(member, 'PLAINTEXT'),
        options: [brokers === 1 ? '-Xmx512m' : '-Xmx320m', ...classpath, ...(options.javaOptions ?? [])],
        main: isKRaft ? 'KafkaNode' : 'ZooKeeperNode',
        args: [folder, file, ...format],
      })
    }),
  )

  async function close(): Promise<void> {
    await Promise.all(nodes.map(node => node.kill()))
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  const kill = () => void close()
  signal?.addEventListener('abort', kill)
  const started = await Promise.allSettled(nodes.map(node => node.start()))
  signal?.removeEventListener('abort', kill)
  const failed = started.find(result => result.status === 'rejected')
  if (failed || signal?.aborted) {
    await close()
    throw failed?.reason ?? signal?.reason
  }

  const listener = (name: string) => members.map(member => address(member, name))
  return {
    version,
    bootstrap: listener('PLAINTEXT'),
    nodes,
    folder,
    listener,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function withPorts(brokers: number, listeners: readonly string[]): Promise<Member[]> {
  const ports = (await freePorts(brokers * (1 + listeners.length))).values()
  const port = () => ports.next().value ?? 0

  return Array.from({ length: brokers }, (_, index) => ({
    id: index + 1,
    controllerPort: port(),
    ports: new Map(listeners.map(listener => [listener, port()])),
  }))
}

function address(member: Member, listener: string): string {
  const port = member.ports.get(listener)
  if (port === undefined) throw new RangeError(`there is no listener ${listener}`)
  return `127.0.0.1:${port}`
}

function formatOptions(scramUsers: Readonly<Record<string, string>>, features: readonly string[]): string[] {
  const credentials = Object.entries(scramUsers).flatMap(([user, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].map(mechanism => `${mechanism}=[name=${user},password=${password}]`),
  )
  // With =, since an id may begin with a dash.
  const clusterId = `--cluster-id=${randomBytes(16).toString('base64url')}`
  return [
    clusterId,
    ...credentials.map(credential => `--add-scram=${credential}`),
    ...features.map(feature => `--feature=${feature}`),
  ]
}
