import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../functions', import.meta.url))
const files = readdirSync(functions, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)

/** Every file of a folder with the files that it imports, types included. */
const importsOf = (folder: string): [file: string, imported: string][] =>
  files
    .filter(file => isIn(file, folder))
    .flatMap(file => {
      const text = readFileSync(join(functions, file), 'utf8')
      return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']): [string, string] => [
        file,
        relative(functions, join(functions, dirname(file), path)),
      ])
    })

const isIn = (file: string, folder: string): boolean => file === folder || file.startsWith(folder + sep)

// Every folder may use these.
const anywhere = ['text', 'timed.ts', 'core/time.ts', 'core/glob.ts', 'core/closed-list.ts']

/** What one run has read or stored, of which the rules speak. */
const facts = ['core/model', 'core/columns', 'core/reading.ts', 'core/offsets-topic.ts', 'core/snapshot.ts']

/** Each folder of functions/ with the folders that it may import. A folder in a folder has a row of its own where its arrows matter. */
const layers: [folder: string, others: string[]][] = [
  ['text', ['core/model']],

  ['core', []],
  ['core/model', []],
  ['core/columns', ['core/model']],
  ['core/evidence', facts],
  ['core/impact.ts', ['core/model']],
  ['core/policy.ts', [...facts, 'core/evidence', 'core/impact.ts']],
  ['core/recovery', ['core/model', 'core/impact.ts']],
  ['core/alerts', [...facts, 'core/evidence', 'core/impact.ts', 'core/policy.ts']],

  ['jobs', ['core', 'contracts/events']],
  ['contracts', ['core', 'jobs']],
  ['contracts/events', ['core']],

  ['kafka', ['core']],
  ['kafka/protocol', ['core']],
  ['kafka/connection', ['core', 'kafka/protocol']],
  ['kafka/requests', ['core', 'kafka/protocol', 'kafka/connection']],
  ['kafka/consumer-offsets', ['core', 'kafka/protocol', 'kafka/connection', 'kafka/requests']],
  ['kafka/scan', ['core', 'kafka/protocol', 'kafka/connection', 'kafka/requests', 'kafka/consumer-offsets']],

  ['store', ['core', 'jobs/ports.ts']],
  ['store/objects', ['core', 'jobs/ports.ts']],
  ['store/snapshots', ['core', 'jobs/ports.ts', 'store/objects', 'store/keys.ts']],

  ['slack', ['core', 'jobs/ports.ts', 'jobs/look-up.ts']],
  ['slack/messages', ['core']],
  ['slack/client', ['core', 'jobs/ports.ts', 'slack/messages']],
  ['slack/interactions', ['core', 'jobs/look-up.ts', 'slack/messages']],

  ['events', ['core', 'contracts/events', 'jobs/ports.ts']],
  ['config', ['core']],
  [
    'wiring',
    ['core', 'config', 'jobs', 'kafka', 'store', 'slack', 'events', 'contracts/events', '../package.json'],
  ],

  ['handlers', ['core', 'config', 'jobs', 'contracts', 'wiring', 'slack/interactions']],
  ['cli', ['core', 'config/schema.ts', 'jobs', 'contracts', 'wiring']],
  ['cli/views', ['core', 'jobs', 'contracts']],
  ['cli/terminal', ['core']],
]

test.each(layers)('%s imports only itself and %j', (folder, others) => {
  const imports = importsOf(folder)
  expect(imports.length).toBeGreaterThan(0)
  const allowed = [folder, ...others, ...anywhere]
  expect(imports.filter(([, to]) => !allowed.some(known => isIn(to, known)))).toEqual([])
})

test('every folder of functions/ has its row', () => {
  const folders = new Set(files.filter(file => file.includes(sep)).map(file => file.split(sep)[0]))
  const rows = new Set(layers.map(([folder]) => folder))
  expect([...folders].filter(folder => !rows.has(folder ?? ''))).toEqual([])
})

test('core imports no package but the one that validates, and nothing of Node.js but its hashes', () => {
  const packages = files
    .filter(file => isIn(file, 'core'))
    .flatMap(file => [
      ...readFileSync(join(functions, file), 'utf8').matchAll(/^import .*from '([^.'][^']*)'/gm),
    ])
    .map(([, name]) => name)
  expect(new Set(packages)).toEqual(new Set(['node:crypto', 'valibot']))
})
