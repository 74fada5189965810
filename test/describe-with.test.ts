import { afterEach, expect, test } from '@jest/globals'
import { describeWith } from './describe-with.ts'

afterEach(() => {
  delete process.env.REQUIRE_A_TOOL
})

test('a missing tool is an error if an environment variable requires it, as in CI', () => {
  const tool = { name: 'a tool', works: false, requiredBy: 'REQUIRE_A_TOOL' }
  expect(() => describeWith(tool)).not.toThrow()
  process.env.REQUIRE_A_TOOL = '1'
  expect(() => describeWith(tool)).toThrow('REQUIRE_A_TOOL is set, but the tests need a tool.')
})
