import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import config from '../../jest.config.js'

/**
 * `npm run test:unit`: the tests that import, through however many files, neither node:child_process nor the shared Kafka.
 * They start no process, so they need no JVM, no Python and no browser. There is no shared Kafka to ask for either.
 * It takes less than a minute: without the month, and with a tenth of the random cases. `npm test` has all of them.
 */
process.env.RANDOM_CASES ??= '0.1'

const test = fileURLToPath(new URL('..', import.meta.url))
const sharedKafka = join(test, 'brokers/shared/kafka.ts')

/** Files that start processes, or ask for the shared Kafka, by their own imports or those of what they import. */
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
  testMatch: readdirSync(test, { recursive: true })
    .filter(name => name.endsWith('.test.ts') && !name.startsWith('month/'))
    .map(name => join(test, name))
    .filter(file => !needsProcess(file)),
}
