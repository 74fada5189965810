import { run } from '../java.ts'
import { clientsClasspath } from '../libraries.ts'

/**
 * What Kafka's own `kafka-consumer-groups.sh` prints. Takes about two seconds.
 * @param args As on its command line, without the bootstrap server.
 */
export async function consumerGroups(bootstrap: readonly string[], ...args: string[]): Promise<string> {
  const command = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', ...(await clientsClasspath())]
  return run('java', [...options, command, '--bootstrap-server', bootstrap.join(), ...args])
}
