import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './java.ts'
import { makeOnce } from './make-once.ts'

/** Newest first. The first one is the default of tests and demo, and the version of all Java clients. */
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

/** Without KRaft a node runs with its own ZooKeeper. In Kafka 2.8 KRaft is early access. */
export const hasKRaft = (version: KafkaVersion): boolean => !version.startsWith('2.')

const java = fileURLToPath(new URL('java/', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

const loggingOf = (version: KafkaVersion): string =>
  version.startsWith('4.')
    ? `-Dlog4j2.configurationFile=${join(java, 'log4j2.properties')}`
    : `-Dlog4j.configuration=file:${join(java, 'log4j.properties')}`

/** Options of `java` to run the Java clients of the tests, and Kafka's own tools. Throws like `nodeClasses`. */
export const clientsClasspath = async (): Promise<string[]> => optionsFor(await clientClasses())

/** Options of `java` to run a node of that version. Throws like `nodeClasses`. */
export const nodeClasspath = async (version: KafkaVersion, signal?: AbortSignal): Promise<string[]> =>
  optionsFor(await nodeClasses(version, signal))

export const clientClasses = (): Promise<Classes> => classesOf(newestKafka, ['clients'])

/**
 * Fetches Kafka's classes and compiles ours, if they are missing. Throws a Failure without a JDK or Maven.
 * @param signal ends a download
 */
export const nodeClasses = (version: KafkaVersion, signal?: AbortSignal): Promise<Classes> =>
  classesOf(version, nodeSources(version), signal)

interface Classes {
  logging: string
  classpath: string
  /** The folder of their archive, if `archiveClasses` has made one. The JVM takes it for this class path only. */
  archive: string
}

export const archiveIn = (folder: string): string => join(folder, 'classes.jsa')

const optionsFor = ({ logging, classpath, archive }: Classes): string[] => [
  logging,
  ...(existsSync(archive) ? [`-XX:SharedArchiveFile=${archiveIn(archive)}`] : []),
  '-cp',
  classpath,
]

const nodeSources = (version: KafkaVersion): string[] => [
  'node',
  isBefore(version, '3.9.2') ? 'storage-before-3.9' : 'storage',
  ...(hasKRaft(version) ? [] : ['zookeeper']),
]

/** @param ours the folders below java/ with the classes to compile */
async function classesOf(
  version: KafkaVersion,
  ours: readonly string[],
  signal?: AbortSignal,
): Promise<Classes> {
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
  const classes = join(home, `${ours.join('-')}-jar-${await digest(sources)}`)
  const jar = join(classes, 'classes.jar')
  const compile = async (draft: string) => {
    const compiled = join(draft, 'compiled')
    await run('javac', ['-cp', join(libraries, '*'), '-d', compiled, ...sources], signal)
    // The JVM archives classes only from jars.
    await run('jar', ['--create', '--file', join(draft, 'classes.jar'), '-C', compiled, '.'], signal)
  }
  await makeOnce(classes, compile, signal)

  const classpath = [jar, join(libraries, '*')].join(delimiter)
  return {
    logging: loggingOf(version),
    classpath,
    archive: `${classes}-archive-${hashOf([classpath])}`,
  }
}

const digest = async (files: readonly string[]): Promise<string> =>
  hashOf(await Promise.all(files.map(file => readFile(file))))

function hashOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 8)
}
