import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { schema } from '../functions/core/commit-table.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const exclude = ['node_modules/**', '.cache/**']
const files = new Set(globSync('**/*', { cwd: root, exclude }))
const pages = [...files].filter(path => path.endsWith('.md')).sort()

/** What a reader sees as text: without blocks of code. */
const prose = (page: string) => read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')

/** As GitHub makes an anchor of a heading. */
const anchorsOf = (page: string) =>
  prose(page)
    .matchAll(/^#+ (.*)$/gm)
    .map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    )
    .toArray()

/** `docs/alerts.md#levels`, seen from the root, for every link that stays in the repository. */
const linksOf = (page: string) =>
  prose(page)
    .matchAll(/\]\(([^)\s]+)\)/g)
    .map(([, target = '']) => target)
    .filter(target => !/^[a-z]+:/.test(target))
    .map(target => {
      const [path, anchor] = target.split('#')
      return { target: path ? relative(root, join(root, dirname(page), path)) : page, anchor }
    })
    .toArray()

test.each(pages)('every link in %s leads somewhere', page => {
  const broken = linksOf(page).filter(
    ({ target, anchor }) =>
      !files.has(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor)),
  )
  expect(broken).toEqual([])
})

test('every page that the code names is there', () => {
  const sources = globSync('functions/**/*.ts', { cwd: root })
  const named = sources.flatMap(path => read(path).match(/docs\/[\w.-]+\.(md|json)/g) ?? [])
  expect(named.filter(path => !files.has(path))).toEqual([])
})

describe('docs/model.md', () => {
  test('has the columns of a snapshot with their types, in their order', () => {
    const documented = read('docs/model.md')
      .matchAll(/^\| `(\w+)` \| ((?:string|int32|int64|time)\??) \|/gm)
      .map(([, name, type]) => [name, type])
    expect([...documented]).toEqual(Object.entries(schema))
  })
})
