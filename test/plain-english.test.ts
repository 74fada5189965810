import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

/** Phrases that make a reader read a sentence twice, with what to write instead. A review finds other such sentences. */
const banned: [phrase: string, instead: string][] = [
  ['anew', 'again'],
  ['shall', 'must, will or should'],
  ['be it', 'whether it is'],
  ['(?:is|are|was|were|be|been|being) told', 'say what the program does: it posts, reports or prints'],
  ['hears? of', 'learns from, or gets'],
  ['of which', 'a second sentence'],
  ['all the same', 'still'],
  ['whom', 'a noun as the subject'],
  ['whoever', 'a noun as the subject'],
  ['he|his|him', 'they, or the role: a user, a team, a person on call'],
]

const root = fileURLToPath(new URL('../', import.meta.url))
const files = globSync(
  '{{functions,docs,infra}/**/*.{ts,md,json,yml,yaml},test/**/*.{ts,tsx,txt},*.{md,yml,json},Dockerfile}',
  {
    cwd: root,
  },
).filter(file => !['package-lock.json', 'test/plain-english.test.ts'].includes(file))

/** Every use, as `file:line`, including one that a line break within a comment divides. */
function usesOf(phrase: string): string[] {
  const pattern = new RegExp(`\\b(?:${phrase.replaceAll(' ', '[\\s*/#]+')})\\b`, 'gi')
  return files.flatMap(file => {
    const text = readFileSync(join(root, file), 'utf8')
    return [...text.matchAll(pattern)].map(
      ({ 0: used, index }) => `${file}:${text.slice(0, index).split('\n').length}: ${used}`,
    )
  })
}

test('the files of the code, the pages and the deployment are read', () => {
  for (const file of [
    'functions/cli/main.ts',
    'docs/alerts.md',
    'infra/roles.yml',
    'README.md',
    'Dockerfile',
  ])
    expect(files).toContain(file)
})

test.each(banned)('no sentence has "%s": write %s', phrase => {
  expect(usesOf(phrase)).toEqual([])
})
