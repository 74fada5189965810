import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { suggestedIgnoresView } from '../../functions/cli/views/suggested-ignores.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { assessGroup } from '../../functions/core/policy.ts'
import { suggestIgnores } from '../../functions/jobs/suggest-ignores.ts'
import { aCommit, context, gone, guarded, policy, stopped } from '../builders/commits.ts'
import { fromYaml } from '../config/reading.ts'
import { DAY, HOUR } from '../core/readings.ts'

const ci = (count: number, make: (group: string) => Commit = group => stopped(3 * DAY, { group })) =>
  Array.from({ length: count }, (_, i) => make(`ci-${i}`))
const running = (group: string) => guarded(DAY, { group })
const suggested = (commits: Commit[], ignore: typeof policy.ignore = []) =>
  suggestIgnores(commits.map(commit => assessGroup([commit], { ...context, policy: { ...policy, ignore } })))

test.each([
  ['stopped groups whose names differ in numbers', [...ci(5), stopped(DAY, { group: 'orders' })], ['ci-*']],
  ['groups whose offsets are lost', ci(5, group => gone(HOUR, aCommit(0, { group }))), ['ci-*']],
  ['a family with few running groups', [...ci(20), running('ci-99')], ['ci-*']],
  ['no suggestion: a family of four', ci(4), []],
  ['no suggestion: a family of running groups', ci(9, running), []],
  ['no suggestion: simple groups, which may be running', ci(9, group => aCommit(3 * DAY, { group })), []],
  [
    'no suggestion: a pattern that matches everything',
    Array.from({ length: 9 }, (_, i) => stopped(DAY, { group: `${i}-${i}` })),
    [],
  ],
])('%s', (_, commits, expected) => {
  expect(suggested(commits).map(({ pattern }) => pattern)).toEqual(expected)
})

test('a family that is already ignored is not suggested', () => {
  expect(suggested(ci(9), [{ pattern: 'ci-*', reason: 'short-lived', until: undefined }])).toEqual([])
})

test('the suggested rules are valid settings', () => {
  const rules = suggested(ci(214))
  const { clusters } = parse(suggestedIgnoresView([['prod', rules]]))
  const { policy: read } = fromYaml(JSON.stringify({ clusters })).clusters[0] ?? {}
  expect(read?.ignore[0]).toMatchObject({ pattern: 'ci-*' })
})

test('a rule that would ignore another group is commented out', () => {
  const text = suggestedIgnoresView([['prod', suggested([...ci(9), running('ci-runner')])]])
  expect(text).toContain(
    '# The pattern also matches ci-runner, so make the pattern narrower:\n      # - { pattern: "ci-*"',
  )
})

test('a cluster without short-lived groups gets no rules', () => {
  expect(suggestedIgnoresView([['prod', []]])).toMatch(/^# No groups look short-lived/)
})
