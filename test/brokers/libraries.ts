import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from './java.ts'
import { makeOnce } from './make-once.ts'

export type KafkaVersion = '4.3.1' | '3.9.2'

const java = fileURLToPath(new URL('java/', import.meta.url))
const cache = fileURLToPath(new URL('../../.cache/', import.meta.url))

const logging = {
  '4.3.1': `-Dlog4j2.configurationFile=${join(java, 'log4j2.properties')}`,
  '3.9.2': `-Dlog4j.configuration=file:${join(java, 'log4j.properties')}`,
} satisfies Record<KafkaVersion, string>

/**
 * Options of `java` to run Kafka's classes and ours of one folder below java/. They are fetched and compiled when they
 * are first asked for. Throws a Failure where a JDK or Maven is missing.
 * @param signal ends a download
 */
export async function kafkaClasspath(
  version: KafkaVersion,
  ours: 'node' | 'clients',
  signal?: AbortSignal,
): Promise<string[]> {
  const pom = join(java, `kafka-${version}.pom.xml`)
  const home = join(cache, `kafka-${version}`)

  const libraries = join(home, `lib-${await digest([pom])}`)
  const download = async (folder: string) => {
    process.stderr.write(`Downloading Apache Kafka ${version} from Maven Central, about 45 MB …\n`)
    const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${folder}`]
    await run('mvn', ['-q', '-B', '-f', pom, ...goal], signal)
  }
  await makeOnce(libraries, download, signal)

  const sources = (await readdir(join(java, ours))).map(file => join(java, ours, file))
  const classes = join(home, `${ours}-${await digest(sources)}`)
  const compile = (folder: string) =>
    run('javac', ['-cp', join(libraries, '*'), '-d', folder, ...sources], signal)
  await makeOnce(classes, compile, signal)

  return [logging[version], '-cp', [classes, join(libraries, '*')].join(delimiter)]
}

async function digest(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}
