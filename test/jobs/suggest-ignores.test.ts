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
  ['stopped groups that differ in numbers', [...ci(5), stopped(DAY, { group: 'orders' })], ['ci-*']],
  ['groups that are gone', ci(5, group => gone(HOUR, aCommit(0, { group }))), ['ci-*']],
  ['a family with few running ones', [...ci(20), running('ci-99')], ['ci-*']],
  ['no family of four', ci(4), []],
  ['no family that runs', ci(9, running), []],
  ['no simple groups, which may run', ci(9, group => aCommit(3 * DAY, { group })), []],
  [
    'no pattern that matches everything',
    Array.from({ length: 9 }, (_, i) => stopped(DAY, { group: `${i}-${i}` })),
    [],
  ],
])('%s', (_, commits, expected) => {
  expect(suggested(commits).map(({ pattern }) => pattern)).toEqual(expected)
})

test('what is ignored already is suggested no more', () => {
  expect(suggested(ci(9), [{ pattern: 'ci-*', reason: 'short-lived', until: undefined }])).toEqual([])
})

test('the rules are settings', () => {
  const rules = suggested(ci(214))
  const { clusters } = parse(suggestedIgnoresView([['prod', rules]]))
  const { policy: read } = fromYaml(JSON.stringify({ clusters })).clusters[0] ?? {}
  expect(read?.ignore[0]).toMatchObject({ pattern: 'ci-*' })
})

test('a rule that would ignore another group stands in a comment', () => {
  const text = suggestedIgnoresView([['prod', suggested([...ci(9), running('ci-runner')])]])
  expect(text).toContain('# It also matches ci-runner, so make it narrower:\n      # - { pattern: "ci-*"')
})

test('a cluster without such groups has no rules', () => {
  expect(suggestedIgnoresView([['prod', []]])).toMatch(/^# No groups look short-lived/)
})
