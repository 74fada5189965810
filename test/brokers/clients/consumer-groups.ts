import { run } from '../java.ts'
import { clientsClasspath } from '../libraries.ts'

/** Returns what Kafka's own `kafka-configs.sh` prints for these arguments. */
export const configs = (bootstrap: readonly string[], ...args: string[]): Promise<string> =>
  tool('org.apache.kafka.tools.ConfigCommand', bootstrap, args)

/**
 * Returns what Kafka's own `kafka-consumer-groups.sh` prints, after about two seconds.
 * @param args as on its command line, without the bootstrap server
 */
export const consumerGroups = (bootstrap: readonly string[], ...args: string[]): Promise<string> =>
  tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', bootstrap, args)

async function tool(command: string, bootstrap: readonly string[], args: readonly string[]): Promise<string> {
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...(await clientsClasspath())]
  return run('java', [...options, command, '--bootstrap-server', bootstrap.join(), ...args])
}
