import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import config from '../../jest.config.js'

/**
 * `npm run test:unit` runs the tests whose imports, direct or indirect, include neither node:child_process nor the
 * shared Kafka. These tests start no process, so they need no JVM, no Python and no browser. The run takes less than
 * a minute: it skips the simulated month, and has a tenth of the random cases. `npm test` runs everything.
 */
process.env.RANDOM_CASES ??= '0.1'

// Stores in folders flush each file, which takes long on a disk that others use. Containers may have too little memory.
const memory = '/dev/shm'
const free = existsSync(memory) ? statfsSync(memory) : { bavail: 0, bsize: 0 }
if (free.bavail * free.bsize > 2 ** 30) process.env.TMPDIR ??= memory

const test = fileURLToPath(new URL('..', import.meta.url))
const sharedKafka = join(test, 'brokers/shared/kafka.ts')

/** For each file, whether it starts processes or asks for the shared Kafka, directly or through its imports. */
const needs = new Map()

function needsProcess(file) {
  const known = needs.get(file)
  if (known !== undefined) return known
  // A circle of imports ends here.
  needs.set(file, false)
  const code = stripTypeScriptTypes(readFileSync(file, 'utf8'))
  const imports = [...code.matchAll(/(?:from |import\()'([^']+)'/g)].map(([, name]) => name)
  const isNeeded =
    file === sharedKafka ||
    imports.some(name =>
      name.startsWith('.')
        ? name.endsWith('.ts') && needsProcess(resolve(dirname(file), name))
        : ['node:child_process', 'playwright-core'].includes(name),
    )
  needs.set(file, isNeeded)
  return isNeeded
}

const { globalSetup: _, globalTeardown: __, ...rest } = config

export default {
  ...rest,
  rootDir: '../..',
  // More than there are cores: some tests wait for time-outs.
  maxWorkers: 4,
  testMatch: readdirSync(test, { recursive: true })
    .filter(name => name.endsWith('.test.ts') && !name.startsWith('month/'))
    .map(name => join(test, name))
    .filter(file => !needsProcess(file)),
}
