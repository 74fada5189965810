import { Kafka, type KafkaConfig, logLevel } from 'kafkajs'

/**
 * kafkajs, a client that shares no code with the one under test: producers, classic groups, transactions, ACLs, and the
 * admin as a witness. It says nothing on the terminal.
 */
export function kafkajs(brokers: readonly string[], more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 10_000,
    retry: { initialRetryTime: 100, retries: 10 },
    ...more,
  })
}
