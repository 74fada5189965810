import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { costTable, logCostTable, manyClustersRow } from '../../infra/cost.ts'

test('docs/deploy.md has the computed costs of one cluster, of 20 clusters, and of reading __consumer_offsets', () => {
  const docs = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
  const rows = [...costTable(), manyClustersRow(), ...logCostTable()]
  expect(rows.length).toBeGreaterThan(6)
  for (const row of rows) expect(docs).toContain(row)
})

test('README.md has the price of the smallest and the largest cluster', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const priceOf = (row = '') => row.split('|')[6]?.trim()
  const rows = costTable()
  expect(readme).toContain(`$${priceOf(rows[0])} a month for 100 groups, $${priceOf(rows.at(-1))} for 10,000`)
})
