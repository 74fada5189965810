import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { matches } from '../../functions/core/glob.ts'

describe('a pattern', () => {
  test.each([
    ['app', 'app', true],
    ['app', 'app-1', false],
    ['app*', 'app-1', true],
    ['*-v?', 'app-v1', false],
    ['team.*', 'teamX1', false],
    ['*', '', true],
    ['', '', true],
    ['', 'app', false],
    ['**', 'app', true],
    ['*a*b', 'xxaxx\nb', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ba', 'xaba', false],
    ['*ab*ba', 'xabba', true],
    ['[a]', 'a', false],
  ])('%j and the group %j: %s', (pattern, group, isMatch) => {
    expect(matches(pattern, group)).toBe(isMatch)
  })

  test('matches as its definition says', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 8 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '*', '*'), maxLength: 8 })
    fc.assert(
      fc.property(pattern, word, (glob, group) => {
        expect(matches(glob, group)).toBe(byDefinition(glob, group))
      }),
      { numRuns: 5_000 },
    )
  })
})

/** A star matches any number of characters, every other character matches itself. */
function byDefinition(glob: string, group: string): boolean {
  if (glob === '') return group === ''
  const rest = glob.slice(1)
  if (glob.startsWith('*'))
    return byDefinition(rest, group) || (group !== '' && byDefinition(glob, group.slice(1)))
  return group.startsWith(glob.charAt(0)) && byDefinition(rest, group.slice(1))
}

// A regular expression takes from seconds to minutes of CPU time for each of these.
describe('a group id of 32,766 characters takes a tenth of a second of CPU time at most', () => {
  const longest = (part: string) => part.repeat(32_766 / part.length)

  test.each([
    ['*a*a*b', longest('a')],
    ['*a*a*a*a*a*a*b', longest('a')],
    ['*-dev-*-test-*-tmp', longest('-dev--test-')],
    ['*ab*ab*ab*c*', longest('ab')],
    [`${'*a'.repeat(500)}*b`, longest('a')],
  ])('%.20s', (pattern, group) => {
    const start = process.cpuUsage()
    for (let i = 0; i < 10; i++) expect(matches(pattern, group)).toBe(false)
    expect(process.cpuUsage(start).user).toBeLessThan(1_000_000)
  })
})
