import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { costTable, logCostTable, manyClustersRow } from '../../infra/cost.ts'

test('the README has the costs that infra/cost.ts works out', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
  const rows = costTable()
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) expect(readme).toContain(row)
})

test('docs/deploy.md has what 20 clusters cost, and reading __consumer_offsets by commits a second', () => {
  const docs = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
  for (const row of [manyClustersRow(), ...logCostTable()]) expect(docs).toContain(row)
})
