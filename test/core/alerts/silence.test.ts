import { describe, expect, test } from '@jest/globals'
import { currentSilences, type SilenceRule, silenceOf } from '../../../functions/core/alerts/silence.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, gone, now, policy, stopped } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'

const rule: SilenceRule = { pattern: 'app*', from: now, until: now + 12 * HOUR, reason: 'migration' }

function muted(changes: Partial<SilenceRule> = {}): Watcher {
  const watcher = new Watcher()
  watcher.state = { ...watcher.state, silences: [silenceOf('prod', { ...rule, ...changes }, 'ada')] }
  return watcher
}

describe('while groups are muted', () => {
  test('no deadline of theirs is posted, and one message at the end stands for it', () => {
    const watcher = muted()
    const near = [aCommit(2 * DAY), aCommit(2 * DAY, { group: 'other' })]
    expect(shorts(watcher.tell(0, near))).toEqual(['post parent first'])
    expect(watcher.tell(11 * HOUR, near)).toEqual([])
    expect(shorts(watcher.tell(12 * HOUR, near))).toEqual(['post end of silence: 1 open, 0 over, 0 lost'])
    expect(watcher.tell(13 * HOUR, near)).toEqual([])
    expect(watcher.state.silences).toEqual([])
    // The next crossing has its own message.
    expect(shorts(watcher.tell(25 * HOUR, near))).toContain('post parent second')
  })

  test('a loss is posted at once, with its mention, and the end names it', () => {
    const watcher = muted()
    expect(shorts(watcher.tell(HOUR, [gone(-HOUR, aCommit(0))]))).toEqual([
      'post loss mention',
      'reply offsets',
    ])
    expect(shorts(watcher.tell(12 * HOUR, [gone(-HOUR, aCommit(0))]))).toEqual([
      'post end of silence: 0 open, 0 over, 1 lost',
    ])
  })

  test('what came and went is only counted', () => {
    const watcher = muted()
    watcher.tell(HOUR, [aCommit(2 * DAY)])
    watcher.tell(2 * HOUR, [aCommit(9 * DAY, { offset: 60n })])
    expect(shorts(watcher.tell(12 * HOUR, [aCommit(9 * DAY, { offset: 60n })]))).toEqual([
      'post end of silence: 0 open, 1 over, 0 lost',
    ])
  })

  test('a deadline that is at its last level when they end has its mention then', () => {
    const watcher = muted()
    watcher.tell(HOUR, [aCommit(15 * HOUR)])
    expect(shorts(watcher.tell(12 * HOUR, [aCommit(15 * HOUR)]))).toEqual([
      'post end of silence mention: 1 open, 0 over, 0 lost',
    ])
  })

  test('a message that is there is edited, which notifies nobody', () => {
    const watcher = muted({ from: now + HOUR })
    expect(shorts(watcher.tell(0, [aCommit(DAY + 2 * HOUR)]))).toEqual(['post parent first'])
    expect(shorts(watcher.tell(3 * HOUR, [aCommit(DAY + 2 * HOUR)]))).toEqual(['edit parent second'])
  })

  test('is forgotten a week after its end where no Slack posts it', () => {
    const watcher = muted()
    watcher.see(13 * HOUR, [])
    expect(watcher.state.silences).toHaveLength(1)
    watcher.see(8 * DAY, [])
    expect(watcher.state.silences).toEqual([])
  })

  test('no digest has them', () => {
    const watcher = muted({ until: now + 3 * DAY })
    watcher.tell(0, [])
    expect(watcher.tell(DAY, [stopped(2 * DAY)])).toEqual([])
  })
})

describe('a maintenance window of the settings', () => {
  const window = { pattern: '*', from: now + HOUR, until: now + 5 * HOUR, reason: 'upgrade' }
  const tell = (watcher: Watcher, later: number, commits: Commit[], maintenance = [window]) =>
    shorts(watcher.tell(later, commits, { policy: { ...policy, maintenance } }))

  test('holds from its beginning to its end', () => {
    const watcher = new Watcher()
    const near = [aCommit(2 * DAY)]
    expect(tell(watcher, 2 * HOUR, near)).toEqual([])
    expect(tell(watcher, 5 * HOUR, near)).toEqual(['post end of silence: 1 open, 0 over, 0 lost'])
    expect(tell(watcher, 6 * HOUR, near)).toEqual([])
  })

  test('is over once the settings no longer have it', () => {
    const watcher = new Watcher()
    expect(tell(watcher, 2 * HOUR, [])).toEqual([])
    expect(tell(watcher, 3 * HOUR, [], [])).toEqual(['post end of silence: 0 open, 0 over, 0 lost'])
  })
})

test('those that hold now are of people and of the settings, whether or not a watch has begun the window', () => {
  const state = { cluster: 'prod', silences: [silenceOf('prod', rule, 'ada')] }
  const window = { pattern: '*', from: now + HOUR, until: now + 5 * HOUR, reason: 'upgrade' }
  const maintenance = [window]
  const patterns = (later: number, silences = state.silences) =>
    currentSilences({ ...state, silences }, { maintenance }, now + later).map(({ pattern, by }) => [
      pattern,
      by,
    ])
  expect(patterns(0)).toEqual([['app*', 'ada']])
  const both = [
    ['app*', 'ada'],
    ['*', null],
  ]
  expect(patterns(2 * HOUR)).toEqual(both)
  const begun = [...state.silences, silenceOf('prod', window, null)]
  expect(patterns(2 * HOUR, begun)).toEqual(both)
  expect(patterns(13 * HOUR, begun)).toEqual([])
})
