import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { IgnoreStore } from '../../functions/jobs/ports.ts'
import { ignoreStore } from '../../functions/store/ignores.ts'
import { openStore } from '../../functions/store/objects/open-store.ts'
import { DAY, monday } from '../core/readings.ts'

const kari = { id: 'U1', name: 'kari', team: 'T1' }
const rule = {
  pattern: '../"\n$(touch x)*',
  reason: '<!here> *bold*',
  until: monday + 30 * DAY,
  by: kari,
  createdAt: monday,
}
let folder = ''
let ignores: IgnoreStore

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ignores-'))
  ignores = ignoreStore(openStore(folder))
})
afterEach(() => rm(folder, { recursive: true }))

const files = () => readdir(join(folder, 'ignores/cluster=prod'))

test('a rule is read back unchanged, and only in its own cluster', async () => {
  const added = await ignores.add('prod', rule)
  expect(await ignores.active('prod', monday)).toEqual([added])
  expect(added).toMatchObject(rule)
  expect(await ignores.active('test', monday)).toEqual([])
})

test('a rule is one object, named only by its time', async () => {
  const { id } = await ignores.add('prod', rule)
  expect(await files()).toEqual([`${id}.rule.json`])
  expect(id).toMatch(/^20\d{6}T\d{6}\.\d{3}Z-[0-9a-f]{8}$/)
  expect(JSON.parse(await readFile(join(folder, 'ignores/cluster=prod', `${id}.rule.json`), 'utf8'))).toEqual(
    {
      schemaVersion: 1,
      cluster: 'prod',
      ...rule,
      until: new Date(rule.until).toISOString(),
      createdAt: new Date(monday).toISOString(),
    },
  )
})

test('a rule has no effect from its end on', async () => {
  await ignores.add('prod', rule)
  expect(await ignores.active('prod', rule.until - 1)).toHaveLength(1)
  expect(await ignores.active('prod', rule.until)).toEqual([])
  expect(await ignores.active('prod', rule.until + 1)).toEqual([])
})

test('an early end is a second object, and the rule stays unchanged', async () => {
  const { id } = await ignores.add('prod', rule)
  const other = await ignores.add('prod', { ...rule, until: monday + DAY })
  const before = await readFile(join(folder, 'ignores/cluster=prod', `${id}.rule.json`))
  expect(await ignores.end('prod', id, kari, monday + 1)).toBe(true)
  expect(await ignores.end('prod', id, { ...kari, id: 'U2' }, monday + 2)).toBe(false)
  expect(await ignores.active('prod', monday)).toEqual([other])
  expect(await readFile(join(folder, 'ignores/cluster=prod', `${id}.rule.json`))).toEqual(before)
  expect(JSON.parse(await readFile(join(folder, 'ignores/cluster=prod', `${id}.end.json`), 'utf8'))).toEqual({
    schemaVersion: 1,
    cluster: 'prod',
    by: kari,
    endedAt: new Date(monday + 1).toISOString(),
  })
})

test('rules are ordered by their end', async () => {
  for (const days of [20, 3, 11]) await ignores.add('prod', { ...rule, until: monday + days * DAY })
  const rules = await ignores.active('prod', monday)
  expect(rules.map(({ until }) => (until - monday) / DAY)).toEqual([3, 11, 20])
})

test.each([
  ['of a later version', JSON.stringify({ schemaVersion: 2, pattern: '*', until: '2099-01-01T00:00:00Z' })],
  ['that is not JSON', '{'],
])('an object %s silences nothing, and other rules still hold', async (_, text) => {
  const added = await ignores.add('prod', rule)
  await writeFile(join(folder, 'ignores/cluster=prod', '20990101T000000.000Z-00000000.rule.json'), text)
  expect(await ignores.active('prod', monday)).toEqual([added])
})
