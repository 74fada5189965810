import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../functions', import.meta.url))
const files = readdirSync(functions, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)

interface Import {
  file: string
  imported: string
  /** True for `import type`, which disappears when the program runs. */
  isType: boolean
}

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(functions, file), 'utf8')
  const statements = text.matchAll(
    /^(import|export)( type)?\b[^'"]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm,
  )
  return [...statements].map(([, , type, path, dynamic]) => ({
    file,
    imported: relative(functions, join(functions, dirname(file), path ?? dynamic ?? '')),
    isType: type !== undefined,
  }))
}

const isIn = (file: string, folder: string): boolean => file === folder || file.startsWith(folder + sep)

// Every file may use these.
const anywhere = ['text', 'timed.ts', 'core/time.ts', 'core/glob.ts', 'core/closed-list.ts']

/** The data that one run has read or stored, which the rules assess. */
const facts = ['core/model', 'core/columns', 'core/reading.ts', 'core/offsets-topic.ts', 'core/snapshot.ts']

interface Row {
  /** Files and folders that the row's files may import. */
  imports: string[]
  /** Files and folders from which the row's files may import types only. */
  types?: string[]
}

/** A file obeys the most specific row that contains it, and may import the files of that row. */
const layers: Record<string, Row> = {
  text: { imports: ['core/model'] },
  'timed.ts': { imports: [] },

  core: { imports: facts.concat('core/policy.ts', 'core/evidence') },
  'core/model': { imports: [] },
  'core/columns': { imports: ['core/model'] },
  'core/evidence': { imports: facts },
  'core/impact.ts': { imports: ['core/model'] },
  'core/records-policy.ts': { imports: ['core/model'] },
  'core/policy.ts': {
    imports: [...facts, 'core/evidence', 'core/impact.ts', 'core/records-policy.ts'],
  },
  'core/recovery': { imports: ['core/model', 'core/impact.ts'] },
  'core/defect.ts': { imports: [] },
  'core/alerts': {
    imports: [...facts, 'core/evidence', 'core/impact.ts', 'core/policy.ts', 'core/defect.ts'],
  },

  // Jobs publish events in the form that subscribers read.
  jobs: { imports: ['core', 'contracts/events'] },
  // The JSON of a job is written from its result.
  contracts: { imports: ['core'], types: ['jobs'] },
  'contracts/events': { imports: ['core'] },

  'kafka/protocol': { imports: ['core'] },
  'kafka/connection': { imports: ['core', 'kafka/protocol'] },
  'kafka/requests': { imports: ['core', 'kafka/protocol', 'kafka/connection'] },
  'kafka/consumer-offsets': {
    imports: ['core', 'kafka/protocol', 'kafka/connection', 'kafka/requests'],
  },
  'kafka/scan': {
    imports: ['core', 'kafka/protocol', 'kafka/connection', 'kafka/requests', 'kafka/consumer-offsets'],
    types: ['jobs/ports.ts'],
  },
  'kafka/write-offsets.ts': { imports: ['core', 'kafka/protocol', 'kafka/connection', 'kafka/requests'] },

  'store/keys.ts': { imports: ['core/model'] },
  'store/objects': { imports: ['core', 'jobs/ports.ts'] },
  'store/snapshots': { imports: ['core', 'jobs/ports.ts', 'store/objects', 'store/keys.ts'] },
  store: { imports: ['core', 'jobs/ports.ts', 'store/objects', 'store/snapshots', 'store/keys.ts'] },

  'slack/messages': { imports: ['core'] },
  'slack/client': { imports: ['core', 'jobs/ports.ts', 'slack/messages'] },
  // An answer in Slack shows the result of a job.
  'slack/interactions': { imports: ['core', 'slack/messages'], types: ['jobs'] },
  'slack/notifier.ts': { imports: ['core', 'jobs/ports.ts', 'slack/messages', 'slack/client'] },

  events: { imports: ['core', 'contracts/events', 'jobs/ports.ts'] },
  prometheus: { imports: ['core'], types: ['jobs/ports.ts'] },
  webhooks: { imports: ['core', 'contracts/events', 'jobs/ports.ts'] },
  config: { imports: ['core'] },
  wiring: {
    imports: [
      'core',
      'config',
      'jobs',
      'kafka',
      'store',
      'slack',
      'events',
      'webhooks',
      'prometheus',
      'contracts/events',
      '../package.json',
    ],
  },

  handlers: { imports: ['core', 'wiring'] },
  // Settings of a deployment have a form of their own.
  'handlers/deployed-settings.ts': { imports: ['core', 'config'] },
  'handlers/lookup.ts': { imports: ['core', 'wiring', 'contracts', 'handlers'] },
  // Requests of Slack are parsed, and answered, like those of the lookup.
  'handlers/slack.ts': { imports: ['core', 'wiring', 'slack/interactions', 'handlers'] },

  cli: { imports: ['core', 'wiring', 'cli'] },
  'cli/commands': {
    // A group that one cluster does not have may be in another one.
    imports: ['core', 'contracts', 'wiring', 'cli', 'jobs/not-found.ts'],
    types: ['jobs'],
  },
  // An option and a setting of the same kind have the same form.
  'cli/flags': {
    imports: ['core', 'contracts', 'config/schema.ts', 'cli/views'],
    types: ['jobs', 'cli/page/server.ts'],
  },
  'cli/mcp': {
    imports: ['core', 'contracts', 'wiring', 'cli', 'jobs/not-found.ts'],
    types: ['jobs'],
  },
  'cli/page': {
    imports: ['core', 'contracts', 'cli/views', 'cli/flags', 'cli/terminal/listen.ts'],
    types: ['jobs', 'wiring/page.ts'],
  },
  'cli/views': { imports: ['core', 'contracts'], types: ['jobs'] },
  'cli/terminal': { imports: ['core'] },
}

const rowOf = (file: string): string | undefined =>
  Object.keys(layers)
    .filter(row => isIn(file, row))
    .sort((a, b) => b.length - a.length)[0]

test.each(Object.entries(layers))('%s imports only itself and %j', (folder, { imports, types = [] }) => {
  const members = files.filter(file => rowOf(file) === folder)
  expect(members.length).toBeGreaterThan(0)
  const allowed = [folder, ...imports, ...anywhere]
  const others = members
    .flatMap(importsOf)
    .filter(({ imported }) => !allowed.some(known => isIn(imported, known)))
    .filter(({ imported, isType }) => !(isType && types.some(known => isIn(imported, known))))
  expect(others.map(({ file, imported }) => [file, imported])).toEqual([])
})

test.each([
  ['cli/commands/status.ts', 'jobs/not-found.ts', false],
  ['cli/commands/status.ts', 'jobs/read-status.ts', true],
  ['cli/program.ts', 'cli/commands/status.ts', false],
])('imports are found: %s imports %s', (file, imported, isType) => {
  expect(importsOf(file)).toContainEqual({ file, imported, isType })
})

test('every file of functions/ has a row', () => {
  expect(files.filter(file => rowOf(file) === undefined)).toEqual([])
})

test('a command has at most 60 lines', () => {
  const commands = files.filter(file => isIn(file, 'cli/commands'))
  const lines = commands.map((file): [string, number] => [
    file,
    readFileSync(join(functions, file), 'utf8').trimEnd().split('\n').length,
  ])
  expect(lines.filter(([, count]) => count > 60)).toEqual([])
})

test('core imports only the packages valibot and node:crypto', () => {
  const packages = files
    .filter(file => isIn(file, 'core'))
    .flatMap(file => [
      ...readFileSync(join(functions, file), 'utf8').matchAll(/^import .*from '([^.'][^']*)'/gm),
    ])
    .map(([, name]) => name)
  expect(new Set(packages)).toEqual(new Set(['node:crypto', 'valibot']))
})
