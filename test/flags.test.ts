import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../functions', import.meta.url))
const files = readdirSync(functions, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)

/** These print whole commands for a person to run: messages in Slack, and the alert of Alertmanager. */
const printCommands = ['slack/messages/', 'slack/interactions/', 'contracts/events/alertmanager-alert.ts']

/** The file without its comments, which may name a command. */
const codeOf = (file: string): string =>
  readFileSync(join(functions, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

const declared = files
  .filter(file => file.startsWith('cli/'))
  .flatMap(file =>
    [...codeOf(file).matchAll(/(?:option|Option)\(\s*'(--[a-z-]+)/g)].map(([, flag = '']) => flag),
  )
const flags = [...new Set(declared), '--accept-cluster', '--debug']

test('the flags of the command line are found', () => {
  expect(flags).toEqual(expect.arrayContaining(['--cluster', '--json', '--topic', '--max-age', '--execute']))
})

test('only cli/, and a command for a person to run, names a flag: an error elsewhere gives `inputs`', () => {
  const named = files
    .filter(file => !file.startsWith('cli/') && !printCommands.some(folder => file.startsWith(folder)))
    .flatMap(file =>
      flags.filter(flag => new RegExp(`${flag}\\b`).test(codeOf(file))).map(flag => [file, flag]),
    )
  expect(named).toEqual([])
})
