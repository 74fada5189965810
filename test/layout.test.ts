import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const repository = fileURLToPath(new URL('..', import.meta.url))
const filesOf = (folder: string): string[] =>
  readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' }).filter(name =>
    statSync(join(repository, folder, name)).isFile(),
  )

/** Tests of the whole, their shared code, and programs that measure. CONTRIBUTING.md explains each. */
const whole = [
  'accuracy',
  'aws',
  'bench',
  'brokers',
  'builders',
  'compat',
  'debian',
  'demo',
  'month',
  'deploy',
  'e2e',
  'go',
  'jest',
  'prometheus',
  'simulation',
]

/** Random histories of the whole watchdog, jobs and store and Slack together. */
const named = ['jobs/histories']

test('each folder of test/ has its twin in functions/, is a test of the whole, or holds data', () => {
  const folders = new Set(filesOf('test').map(file => dirname(file)))
  const others = [...folders].filter(
    folder =>
      folder !== '.' &&
      !whole.some(name => folder === name || folder.startsWith(`${name}/`)) &&
      !named.includes(folder) &&
      !/(^|\/)fixtures(\/|$)/.test(folder) &&
      !existsSync(join(repository, 'functions', folder)),
  )
  expect(others).toEqual([])
})

test('CONTRIBUTING names each test of the whole', () => {
  const contributing = readFileSync(join(repository, 'CONTRIBUTING.md'), 'utf8')
  expect(whole.filter(name => !contributing.includes(`${name}/`))).toEqual([])
})

test.each(['functions', 'infra', 'test'])('no file of %s/ has more than 300 lines', folder => {
  const long = filesOf(folder)
    .filter(name => name.endsWith('.ts'))
    .map((name): [string, number] => [
      name,
      readFileSync(join(repository, folder, name), 'utf8')
        .trimEnd()
        .split('\n').length,
    ])
    .filter(([, lines]) => lines > 300)
  expect(long).toEqual([])
})

test.each<[what: string, code: RegExp]>([
  ['an upper bound for real time', /\.now\(\) - \w+\)\.toBeLess/],
  ["a time limit below Jest's", /^\s*\}, [12]?\d{1,2}_000\)$/m],
  ['a signal after which threads still run; use suspend()', /'SIGSTOP'/],
])('no test has what a busy machine breaks: %s', (_, code) => {
  const tests = filesOf('test').filter(name => name.endsWith('.test.ts'))
  const hasty = tests.filter(name => code.test(readFileSync(join(repository, 'test', name), 'utf8')))
  // This file has the patterns themselves.
  expect(hasty.filter(name => name !== 'layout.test.ts')).toEqual([])
})
