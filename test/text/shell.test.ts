import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { restoreCommand } from '../../functions/cli/flags/restore.ts'
import { command } from '../../functions/slack/messages/command.ts'
import { commandLine } from '../../functions/text/shell.ts'

const names = [
  'plain',
  '$(touch x)',
  '`touch x`',
  "'",
  "it's; touch x",
  '"',
  '-rf',
  '--execute',
  '-n\u001b[2J',
  '',
  ' ',
  '\\',
  '\\n',
  '%s%d%',
  'a\nb',
  '\na',
  'a\n',
  '\n',
  'a\n\n',
  'a\n; touch x\n',
  '\u001b]0;title\u0007',
  '\u202egnirts',
  'zero\u200bwidth',
  '!!',
  '~',
  '*',
  'группа 🚀',
  '#comment',
  'a=b',
]

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'shell-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The words into which a shell splits a line. */
function wordsOf(shell: string, line: string): string[] {
  const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
  const script = `set -- ${line}\nexec '${process.execPath}' -e '${program}' -- "$@"`
  return JSON.parse(execFileSync(shell, ['-c', script], { cwd: folder, encoding: 'utf8' }))
}

describe.each(['sh', 'bash'])('%s splits a quoted line into the original words', shell => {
  test('for malicious names', () => {
    expect(wordsOf(shell, commandLine(names))).toEqual(names)
    expect(readdirSync(folder)).toEqual([])
  })

  test('for a restore whose group, file, topic and cluster have malicious names', () => {
    const lines = names.map(name =>
      restoreCommand(name, name, { topic: name, fromFile: name, belowStart: 'refuse' }),
    )
    const words = names.flatMap(name =>
      ['offset-watchdog', 'restore', `--cluster=${name}`, `--from-file=${name}`, `--topic=${name}`].concat([
        '--execute',
        '--',
        name,
      ]),
    )
    expect(wordsOf(shell, lines.join(' '))).toEqual(words)
    expect(readdirSync(folder)).toEqual([])
  })
})

test('a command in Slack means exactly its group, or is not shown', () => {
  const lines = names.flatMap(name => {
    const line = command('restore', name, 'prod')
    return line === null ? [] : [{ name, line }]
  })
  expect(lines.length).toBeGreaterThan(10)
  for (const { name, line } of lines) {
    const words = wordsOf('sh', line)
    expect(words.slice(0, 2)).toEqual(['offset-watchdog', 'restore'])
    expect(words).toEqual(expect.arrayContaining([name, '--cluster', 'prod']))
  }
  expect(readdirSync(folder)).toEqual([])
})

test('a line has no control characters for a terminal, except newlines at its end', () => {
  const lines = names.map(name => commandLine([name.replace(/\n+$/, '')]))
  expect(lines.filter(line => /[\p{Cc}\p{Cf}]/u.test(line))).toEqual([])
})
