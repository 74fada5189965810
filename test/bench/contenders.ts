import { clientsClasspath } from '../brokers/libraries.ts'
import { PARTITIONS } from './load.ts'
import { type Contender, here, node } from './processes.ts'

/** The processes that are measured on a cluster of this number of groups and one broker. */
export async function contendersFor(bootstrap: string, groups: number, folder: string) {
  const commits = groups * PARTITIONS
  // All Node processes share the compiled code of earlier runs.
  const env = { NODE_COMPILE_CACHE: `${folder}/compile-cache` }
  const printsAll = new RegExp(`^${commits}$`, 'm')

  const ours = (name: string, file: string, prints: RegExp): Contender => ({
    name,
    ...node(here(file), bootstrap, String(groups)),
    env,
    prints,
  })
  const java = async (name: string, args: string[], prints: RegExp): Promise<Contender> => ({
    name,
    command: 'java',
    args: [...(await clientsClasspath()), 'Usage', ...args],
    prints,
  })

  return {
    floor: ours('floor: same requests, answers discarded', 'contenders/floor.ts', /^\d+$/m),
    offsets: ours('offsets only', 'contenders/offsets.ts', printsAll),
    snapshot: {
      name: 'snapshot',
      ...node(here('../../functions/cli/main.ts'), 'snapshot'),
      env: { ...env, KAFKA_BROKERS: bootstrap, WATCHDOG_STORE: `${folder}/${groups}` },
      prints: new RegExp(`${commits.toLocaleString('en')} offsets\\nComplete:[^]*Ages are exact`),
    },
    kafkajs: ours("kafkajs' admin, 50 at once", 'contenders/kafkajs-admin.ts', printsAll),
    adminClient: await java("Java's AdminClient", ['AdminOffsets', bootstrap], printsAll),
    consumerGroups: await java(
      'kafka-consumer-groups',
      [
        'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
        '--bootstrap-server',
        bootstrap,
        '--describe',
        '--all-groups',
        '--offsets',
      ],
      /service-0/,
    ),
  } satisfies Record<string, Contender>
}

export type Contenders = Awaited<ReturnType<typeof contendersFor>>
