import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { run } from './java.ts'

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
 */
export async function kafkaClasspath(version: KafkaVersion, ours: 'node' | 'clients'): Promise<string[]> {
  const pom = join(java, `kafka-${version}.pom.xml`)
  const home = join(cache, `kafka-${version}`)

  const libraries = join(home, `lib-${await digest([pom])}`)
  await once(libraries, async folder => {
    process.stderr.write(`Downloading Apache Kafka ${version} from Maven Central, about 45 MB …\n`)
    await run('mvn', ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`])
  })

  const sources = (await readdir(join(java, ours))).map(file => join(java, ours, file))
  const classes = join(home, `${ours}-${await digest(sources)}`)
  await once(classes, folder => run('javac', ['-cp', join(libraries, '*'), '-d', folder, ...sources]))

  return [logging[version], '-cp', [classes, join(libraries, '*')].join(delimiter)]
}

async function digest(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 8)
}

/**
 * Makes a folder at most once, also where several Jest workers ask at the same time: one works on a folder of its own
 * and renames it when it is complete, the others wait. A lock whose owner has died is taken over.
 */
async function once(folder: string, make: (folder: string) => Promise<unknown>): Promise<void> {
  if (await exists(folder)) return
  await mkdir(dirname(folder), { recursive: true })

  const lock = `${folder}.lock`
  while (!(await acquire(lock))) {
    await sleep(200)
    if (await exists(folder)) return
  }

  const draft = `${folder}.${randomUUID()}`
  try {
    if (await exists(folder)) return
    await mkdir(draft)
    await make(draft)
    await rename(draft, folder)
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(lock, { force: true })
  }
}

async function acquire(lock: string): Promise<boolean> {
  try {
    const file = await open(lock, 'wx')
    await file.writeFile(String(process.pid))
    await file.close()
    return true
  } catch {
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (owner > 0 && !isRunning(owner)) await rm(lock, { force: true })
    return false
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )
