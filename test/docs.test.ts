import { execFileSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { Notice } from '../functions/core/alerts/notice.ts'
import { columnNames, schema } from '../functions/core/columns/schema.ts'
import {
  beforeReasons,
  evidences,
  goneReasons,
  groupKinds,
  levels,
  problemCodes,
  retentionSources,
  rules,
} from '../functions/core/model/commit.ts'
import { modes } from '../functions/core/snapshot.ts'
import { render } from '../functions/slack/messages/message.ts'
import { printedLookup, printedPlan } from './cli/views/recovery-samples.ts'
import { commit, DAY, expiring, HOUR, loss, lost, MINUTE, now } from './slack/messages/samples.ts'
import { renderAsText } from './slack/terminal.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const files = new Set(globSync('**/*', { cwd: root, exclude: ['node_modules/**', '.cache/**'] }))
const pages = [...files].filter(path => path.endsWith('.md')).sort()

/** The text of a page without its blocks of code. */
const prose = (page: string) => read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')

/** The anchors that GitHub makes from the headings. */
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

/** Every link within the repository, with its target relative to the root. */
const linksOf = (page: string) =>
  prose(page)
    .matchAll(/\]\(([^)\s]+)\)/g)
    .map(([, link = '']) => link)
    .filter(link => !/^[a-z]+:/.test(link))
    .map(link => {
      const [path, anchor] = link.split('#')
      return { target: path ? relative(root, join(root, dirname(page), path)) : page, anchor }
    })
    .toArray()

/** The cells of each row of a page's tables. */
const rowsOf = (page: string) =>
  prose(page)
    .matchAll(/^\|(.*)\|$/gm)
    .map(([, row = '']) => row.split('|').map(cell => cell.trim()))
    .toArray()

/** The parts in code style. */
const codeIn = (cell = ''): string[] =>
  cell
    .matchAll(/`([^`]+)`/g)
    .map(([, code = '']) => code)
    .toArray()

test.each(pages)('every link in %s leads somewhere', page => {
  const broken = linksOf(page).filter(
    ({ target, anchor }) =>
      !files.has(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor)),
  )
  expect(broken).toEqual([])
})

test('every page that the code names exists', () => {
  const sources = globSync('functions/**/*.ts', { cwd: root })
  const named = sources.flatMap(path => read(path).match(/docs\/[\w.-]+\.(md|json)/g) ?? [])
  expect(named.filter(path => !files.has(path))).toEqual([])
})

test('docs/model.md has the columns of a snapshot with their types, in their order', () => {
  const columns = rowsOf('docs/model.md').filter(([, type = '']) =>
    /^(string|int32|int64|time)\??$/.test(type),
  )
  expect(columns.map(([name, type]) => [codeIn(name)[0], type])).toEqual(
    columnNames.map(name => [name, schema[name].type]),
  )
})

test.each([
  ['kind', groupKinds],
  ['evidence', evidences],
  ['rule', rules],
  ['gone reason', beforeReasons],
  ['level', levels],
  ['source of a retention', retentionSources],
  ['code of a problem', problemCodes],
  ['`mode`', modes],
])('docs/model.md has each %s', (list, values) => {
  const row = rowsOf('docs/model.md').find(([name]) => name === list)
  expect(codeIn(row?.slice(1).join())).toEqual(expect.arrayContaining([...values]))
})

test('docs/status.schema.json has each value of the closed lists', () => {
  const enums = read('docs/status.schema.json').matchAll(/"enum": (\[[^\]]*\])/g)
  const listed = [...enums].map(([, values = '']) => new Set(JSON.parse(values)))
  for (const values of [groupKinds, evidences, rules, goneReasons, modes, retentionSources, problemCodes])
    expect(listed).toContainEqual(new Set(values))
})

test.each<[string, Notice]>([
  ['a deadline', expiring([commit()])],
  ['a loss', lossAtTheDeadline()],
])('docs/alerts.md shows the alert of %s as it is posted', (_, notice) => {
  const message = render(notice, { mention: '<!here>' })
  const text = renderAsText(message, { ansi: false, timeZone: 'UTC', width: 96 })
  expect(read('docs/alerts.md')).toContain(`\n\`\`\`\n${text}\n\`\`\`\n`)
})

test('docs/recovery.md shows what `lookup` and `restore` print', async () => {
  const samples = [await printedLookup(), printedPlan()]
  const page = read('docs/recovery.md')
  expect(samples.filter(sample => !page.includes(`\n\`\`\`\n${sample}\n\`\`\`\n`))).toEqual([])
})

test('docs/commands.md has the commands of the command line', () => {
  const help = execFileSync(process.execPath, [join(root, 'functions/cli/main.ts'), '--help'], {
    encoding: 'utf8',
  })
  const commands = help.matchAll(/^ {2}(\w+) \[options\]/gm).map(([, name]) => name)
  const documented = rowsOf('docs/commands.md').map(([name]) => codeIn(name)[0]?.split(' ')[0])
  expect(documented).toEqual(expect.arrayContaining([...commands]))
})

test('README.md fits on a page, and has the words that people search for', () => {
  const readme = read('README.md')
  expect(readme.split('\n').length).toBeLessThanOrEqual(121)
  const searched = [
    'offsets.retention.minutes',
    'consumer re-reads everything',
    'OffsetOutOfRange',
    'Resetting offset for partition',
  ]
  expect(searched.filter(words => !readme.includes(words))).toEqual([])
})

/** The loss that follows if nobody reacts to the deadline of `commit()`. */
function lossAtTheDeadline(): Notice {
  const lastSeenAt = now + 3 * DAY - HOUR
  const gone = { reason: 'unknown', earliest: lastSeenAt, latest: lastSeenAt + 15 * MINUTE } as const
  const row = { ...lost({ kind: 'gone' }, { seenAt: lastSeenAt, gone }), lastSeenAt }
  return loss([row], { takenAt: lastSeenAt + 15 * MINUTE, now: lastSeenAt + 16 * MINUTE })
}
