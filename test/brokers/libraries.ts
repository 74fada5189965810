import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './java.ts'
import { makeOnce } from './make-once.ts'

/** Newest first: the first one is the default of tests and demo, and the version of all Java clients. */
export const kafkaVersions = [
  '4.4.0',
  '4.3.1',
  '4.2.1',
  '4.1.2',
  '4.0.2',
  '3.9.2',
  '3.8.1',
  '3.7.2',
  '3.6.2',
  '3.3.2',
  '2.8.2',
] as const

export type KafkaVersion = (typeof kafkaVersions)[number]

export const newestKafka = kafkaVersions[0]

const isBefore = (version: KafkaVersion, other: KafkaVersion): boolean =>
  kafkaVersions.indexOf(version) > kafkaVersions.indexOf(other)

/** Without it, a node runs with a ZooKeeper of its own. Kafka 2.8 has KRaft as an early access only. */
export const hasKRaft = (version: KafkaVersion): boolean => !version.startsWith('2.')

const java = fileURLToPath(new URL('java/', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

const loggingOf = (version: KafkaVersion): string =>
  version.startsWith('4.')
    ? `-Dlog4j2.configurationFile=${join(java, 'log4j2.properties')}`
    : `-Dlog4j.configuration=file:${join(java, 'log4j.properties')}`

/** Options of `java` to run the Java clients of the tests, and Kafka's own tools. Throws like `nodeClasspath`. */
export const clientsClasspath = (): Promise<string[]> => kafkaClasspath(newestKafka, ['clients'])

/**
 * Options of `java` to run a node of that version. Kafka's classes are fetched, and ours are compiled, when they are
 * first asked for. Throws a Failure where a JDK or Maven is missing.
 * @param signal ends a download
 */
export const nodeClasspath = (version: KafkaVersion, signal?: AbortSignal): Promise<string[]> =>
  kafkaClasspath(version, nodeSources(version), signal)

const nodeSources = (version: KafkaVersion): string[] => [
  'node',
  isBefore(version, '3.9.2') ? 'storage-before-3.9' : 'storage',
  ...(hasKRaft(version) ? [] : ['zookeeper']),
]

/** @param ours the folders below java/ whose classes are compiled */
async function kafkaClasspath(
  version: KafkaVersion,
  ours: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const pom = join(java, `kafka-${version.charAt(0) === '4' ? 4 : 3}.pom.xml`)
  const home = join(cache, `kafka-${version}`)

  const libraries = join(home, `lib-${await digest([pom])}`)
  const download = async (folder: string) => {
    process.stderr.write(`Downloading Apache Kafka ${version} from Maven Central, about 45 MB …\n`)
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`]
    await run('mvn', ['-q', '-B', '-f', pom, `-Dkafka.version=${version}`, ...goal], signal)
  }
  await makeOnce(libraries, download, signal)

  const sources = await Promise.all(
    ours.map(async folder => (await readdir(join(java, folder))).map(file => join(java, folder, file))),
  ).then(files => files.flat())
  const classes = join(home, `${ours.join('-')}-${await digest(sources)}`)
  const compile = (folder: string) =>
    run('javac', ['-cp', join(libraries, '*'), '-d', folder, ...sources], signal)
  await makeOnce(classes, compile, signal)

  return [loggingOf(version), '-cp', [classes, join(libraries, '*')].join(delimiter)]
}

async function digest(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}
