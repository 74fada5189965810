import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../functions', import.meta.url))

/** Every file of a folder with those that it imports, types included. */
const importsOf = (layer: string): [file: string, imported: string][] =>
  readdirSync(join(functions, layer), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => {
      const file = join(layer, name)
      const text = readFileSync(join(functions, file), 'utf8')
      return [...text.matchAll(/(?:from |import\()'(\.[^']+)'/g)].map(([, path = '']): [string, string] => [
        file,
        relative(functions, join(functions, dirname(file), path)),
      ])
    })

// What every layer may use.
const anywhere = ['words', 'timed.ts']

test.each([
  ['core', []],
  ['jobs', ['core', ...anywhere]],
  ['config', ['core', ...anywhere]],
  ['kafka', ['core', ...anywhere]],
  ['store', ['core', 'jobs/ports.ts', ...anywhere]],
  // An answer to a slash command shows what the job found.
  ['slack', ['core', 'jobs/ports.ts', 'jobs/look-up.ts', ...anywhere]],
  ['events', ['core', 'jobs/ports.ts']],
])('%s knows nothing but itself and %j', (layer, others) => {
  const imports = importsOf(layer)
  expect(imports.length).toBeGreaterThan(0)
  const known = [layer, ...others]
  expect(imports.filter(([, to]) => !known.some(each => to === each || to.startsWith(each + sep)))).toEqual(
    [],
  )
})

test('core needs no package but the one that validates, and nothing of Node.js but its hashes', () => {
  const packages = readdirSync(join(functions, 'core'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .flatMap(name => [
      ...readFileSync(join(functions, 'core', name), 'utf8').matchAll(/^import .*from '([^.'][^']*)'/gm),
    ])
    .map(([, name]) => name)
  expect(new Set(packages)).toEqual(new Set(['node:crypto', 'valibot']))
})
