import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { costTable } from '../../infra/cost.ts'

test('the README has the costs that infra/cost.ts works out', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8').replaceAll(/ +/g, ' ')
  const rows = costTable()
  expect(rows.length).toBeGreaterThan(2)
  for (const row of rows) expect(readme).toContain(row)
})
