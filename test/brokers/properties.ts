export type Properties = Readonly<Record<string, string | number>>

export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface Member {
  id: number
  controllerPort: number
  /** By listener. */
  ports: ReadonlyMap<string, number>
}

export interface ServerSettings {
  /** False: the node uses ZooKeeper at the member's `controllerPort`. */
  isKRaft: boolean
  member: Member
  members: readonly Member[]
  listeners: Readonly<Record<string, SecurityProtocol>>
  logs: string
  retentionMinutes: number
  sweepMs: number
}

/** The text of one node's server.properties; `more` comes last and overrides the rest. */
export function serverProperties(settings: ServerSettings, more: Properties): string {
  const { isKRaft, member, members, listeners, logs, retentionMinutes, sweepMs } = settings
  const replicas = members.length
  const inSync = Math.min(2, replicas)

  const properties: Properties = {
    ...(isKRaft ? kraft(member, members) : zooKeeper(member)),
    listeners: [...member.ports, ...(isKRaft ? [['CONTROLLER', member.controllerPort] as const] : [])]
      .map(([listener, port]) => `${listener}://127.0.0.1:${port}`)
      .join(),
    'listener.security.protocol.map': Object.entries({ ...listeners, CONTROLLER: 'PLAINTEXT' })
      .map(([listener, protocol]) => `${listener}:${protocol}`)
      .join(),
    'log.dirs': logs,

    'offsets.retention.minutes': retentionMinutes,
    'offsets.retention.check.interval.ms': sweepMs,
    'offsets.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // A member learns its partitions at a heartbeat, by default every 5 s.
    'group.consumer.min.heartbeat.interval.ms': 500,
    'group.consumer.heartbeat.interval.ms': 500,
    'group.streams.min.heartbeat.interval.ms': 500,
    'group.streams.heartbeat.interval.ms': 500,

    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'auto.leader.rebalance.enable': 'false',

    // The log cleaner's buffer is 128 MB by default, a quarter of the whole heap.
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    ...more,
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${String(value).replaceAll('\n', '\\n')}\n`)
    .join('')
}

const kraft = (member: Member, members: readonly Member[]): Properties => ({
  'process.roles': 'broker,controller',
  'node.id': member.id,
  'controller.quorum.voters': members
    .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
    .join(),
  'controller.listener.names': 'CONTROLLER',
})

const zooKeeper = ({ id, controllerPort }: Member): Properties => ({
  'broker.id': id,
  'zookeeper.connect': `127.0.0.1:${controllerPort}`,
})
