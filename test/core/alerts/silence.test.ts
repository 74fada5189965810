import { describe, expect, test } from '@jest/globals'
import { parseAlertState } from '../../../functions/core/alerts/alert-state.ts'
import { currentSilences, type SilenceRule, silenceOf } from '../../../functions/core/alerts/silence.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { aCommit, gone, guarded, now, policy, reset, stopped } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { Watcher } from './alerts.ts'
import { shorts } from './short.ts'
import { behind } from './unread.ts'

const rule: SilenceRule = { pattern: 'app*', from: now, until: now + 12 * HOUR, reason: 'migration' }

function muted(changes: Partial<SilenceRule> = {}): Watcher {
  const watcher = new Watcher()
  watcher.state = { ...watcher.state, silences: [silenceOf('prod', { ...rule, ...changes }, 'ada')] }
  return watcher
}

const steppedBack = () => reset(-HOUR, guarded(20 * DAY), { reason: 'moved-back', offset: 90n, resetTo: 0n })

/** The watcher after three snapshots with unread records. */
function withRecords(watcher: Watcher): Watcher {
  watcher.state = { ...watcher.state, recordsSnapshots: 3 }
  return watcher
}

describe('a mute of groups', () => {
  test('hides their deadlines, and posts one message at its end', () => {
    const watcher = muted()
    const near = [aCommit(2 * DAY), aCommit(2 * DAY, { group: 'other' })]
    expect(shorts(watcher.tell(0, near))).toEqual(['post parent first'])
    expect(watcher.tell(11 * HOUR, near)).toEqual([])
    expect(shorts(watcher.tell(12 * HOUR, near))).toEqual(['post end of silence: 1 open, 0 over, 0 lost'])
    expect(watcher.tell(13 * HOUR, near)).toEqual([])
    expect(watcher.state.silences).toEqual([])
    // The crossing of the next level has a message of its own.
    expect(shorts(watcher.tell(25 * HOUR, near))).toContain('post parent second')
  })

  test('ends with one message if it ends between the decision and the posting', () => {
    const watcher = muted()
    const near = [aCommit(2 * DAY)]
    expect(watcher.tell(12 * HOUR - 1, near, { slow: 1 })).toEqual([])
    expect(shorts(watcher.tell(12 * HOUR + 1, near))).toEqual(['post end of silence: 1 open, 0 over, 0 lost'])
    expect(watcher.tell(12 * HOUR + 2, near)).toEqual([])
  })

  test('lets a loss through at once, with its mention, and names it at the end', () => {
    const watcher = muted()
    expect(shorts(watcher.tell(HOUR, [gone(-HOUR, aCommit(0))]))).toEqual([
      'post loss mention',
      'reply offsets',
    ])
    expect(shorts(watcher.tell(12 * HOUR, [gone(-HOUR, aCommit(0))]))).toEqual([
      'post end of silence: 0 open, 0 over, 1 lost',
    ])
  })

  test('only counts deadlines that came and went', () => {
    const watcher = muted()
    watcher.tell(HOUR, [aCommit(2 * DAY)])
    watcher.tell(2 * HOUR, [aCommit(9 * DAY, { offset: 60n })])
    expect(shorts(watcher.tell(12 * HOUR, [aCommit(9 * DAY, { offset: 60n })]))).toEqual([
      'post end of silence: 0 open, 1 over, 0 lost',
    ])
  })

  test('mentions people at its end for a deadline at its last level', () => {
    const watcher = muted()
    watcher.tell(HOUR, [aCommit(15 * HOUR)])
    expect(shorts(watcher.tell(12 * HOUR, [aCommit(15 * HOUR)]))).toEqual([
      'post end of silence mention: 1 open, 0 over, 0 lost',
    ])
  })

  test('mentions people at its end for unread records at their last level', () => {
    const watcher = withRecords(muted())
    watcher.tell(HOUR, [behind(15 * HOUR)])
    expect(shorts(watcher.tell(12 * HOUR, [behind(13.5 * HOUR)]))).toEqual([
      'post end of silence mention: 1 open, 0 over, 0 lost',
    ])
  })

  test('counts a group with two deadlines once, and as open while one of them is', () => {
    const watcher = withRecords(muted())
    const both = [aCommit(2 * DAY), behind(2 * DAY, { partition: 1 })]
    watcher.tell(HOUR, both)
    expect(watcher.incidents).toEqual(['deadline first', 'records-deadline first'])
    const oneIsOver = [aCommit(9 * DAY, { offset: 60n }), ...both.slice(1)]
    for (const commits of [both, oneIsOver]) {
      const other = new Watcher()
      other.state = structuredClone(watcher.state)
      expect(shorts(other.tell(12 * HOUR, commits))).toEqual(['post end of silence: 1 open, 0 over, 0 lost'])
    }
  })

  test('edits existing messages, which notifies nobody', () => {
    const watcher = muted({ from: now + HOUR })
    expect(shorts(watcher.tell(0, [aCommit(DAY + 2 * HOUR)]))).toEqual(['post parent first'])
    expect(shorts(watcher.tell(3 * HOUR, [aCommit(DAY + 2 * HOUR)]))).toEqual(['edit parent second'])
  })

  test('is forgotten a week after its end if its message was not posted', () => {
    const watcher = muted()
    watcher.see(13 * HOUR, [])
    expect(watcher.state.silences).toHaveLength(1)
    watcher.see(8 * DAY, [])
    expect(watcher.state.silences).toEqual([])
  })

  test('keeps its groups out of the digest', () => {
    const watcher = muted({ until: now + 3 * DAY })
    watcher.tell(0, [])
    const neverCommitted = [{ group: 'app-2', topic: 'orders', partitions: [0], since: now - DAY }]
    expect(watcher.tell(DAY, [stopped(2 * DAY)], { neverCommitted })).toEqual([])
  })

  test.each<[news: string, commit: Commit, told: string]>([
    ['a deleted topic', gone(-HOUR, aCommit(9 * DAY), 'topic-deleted'), '0 lost, app'],
    ['a step back', steppedBack(), '0 lost, app'],
    ['a loss of a stopped group', gone(-HOUR, stopped(0)), '1 lost'],
  ])('names at its end what the digest left out: %s', (_, commit, told) => {
    // The event is older than the silence, and the digest after it is due during the silence.
    const watcher = muted({ from: now + 2 * HOUR, until: now + 2 * DAY + HOUR })
    watcher.tell(0, [])
    expect(watcher.tell(DAY, [commit])).toEqual([])
    watcher.state = parseAlertState(JSON.parse(JSON.stringify(watcher.state)))
    expect(watcher.tell(2 * DAY, [commit])).toEqual([])
    const end = watcher.tell(2 * DAY + HOUR, [commit])
    expect(shorts(end)).toEqual([`post end of silence: 0 open, 0 over, ${told}`])
    expect(watcher.tell(3 * DAY, [commit])).toEqual([])
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

  test('ends once, even if a clock that is set back enters the silence again', () => {
    const watcher = new Watcher()
    expect(tell(watcher, 2 * HOUR, [])).toEqual([])
    expect(tell(watcher, 5 * HOUR, [])).toEqual(['post end of silence: 0 open, 0 over, 0 lost'])
    expect(tell(watcher, 2 * HOUR, [aCommit(2 * DAY)])).toEqual([])
    expect(tell(watcher, 5 * HOUR, [aCommit(2 * DAY)])).toEqual(['post parent first'])
  })

  test('that is prolonged ends once, at its later end, and names everything since its beginning', () => {
    const watcher = new Watcher()
    const longer = [{ ...window, until: now + 7 * HOUR }]
    const near = [aCommit(9 * HOUR)]
    expect(tell(watcher, 2 * HOUR, near)).toEqual([])
    expect(tell(watcher, 4 * HOUR, near, longer)).toEqual([])
    expect(tell(watcher, 6 * HOUR, near, longer)).toEqual([])
    expect(tell(watcher, 7 * HOUR, near, longer)).toEqual([
      'post end of silence mention: 1 open, 0 over, 0 lost',
    ])
  })
})

describe('a group in two silences', () => {
  const overlapping = () => {
    const watcher = muted({ until: now + 2 * HOUR })
    const other = silenceOf('prod', { ...rule, pattern: '*', from: now + HOUR, until: now + 6 * HOUR }, 'ada')
    watcher.state = { ...watcher.state, silences: [...watcher.state.silences, other] }
    return watcher
  }

  test.each<[string, opens: number]>([
    ['in both of them', HOUR],
    ['before the second one began', 0],
  ])('is posted at the end of the second one, if it came near its deadline %s', (_, opens) => {
    const watcher = overlapping()
    const near = [aCommit(5 * HOUR)]
    watcher.tell(opens, near)
    expect(shorts(watcher.tell(2 * HOUR, near))).toEqual(['post end of silence: 0 open, 0 over, 0 lost'])
    expect(watcher.tell(4 * HOUR, near)).toEqual([])
    expect(shorts(watcher.tell(6 * HOUR, near)).filter(text => text.includes('mention'))).toHaveLength(1)
  })
})

test('a summary that Slack has not taken does not break a silence: its groups wait for the end', () => {
  const watcher = new Watcher()
  const near = Array.from({ length: 12 }, (_, i) => aCommit(5 * HOUR, { group: `app${'abcdefghijkl'[i]}x` }))
  expect(shorts(watcher.see(0, near))).toEqual(['post summary of 12 deadline mention'])
  const silences = [silenceOf('prod', { ...rule, from: now + 1, until: now + 2 * HOUR }, 'ada')]
  watcher.state = { ...watcher.state, silences }
  expect(watcher.tell(HOUR, near)).toEqual([])
  expect(shorts(watcher.tell(2 * HOUR, near))).toContain('post summary of 12 deadline mention')
})

test('if the end of a silence was never posted, its open incidents are posted once Slack answers again', () => {
  const watcher = muted()
  const beyond = [aCommit(30 * DAY, { offset: 120n })]
  for (let day = 0; day < 9; day++) watcher.see(day * DAY, beyond)
  expect(shorts(watcher.tell(9 * DAY, beyond))).toEqual(['post parent'])
})

test('current silences include mutes and maintenance windows, even before a watch has seen the window', () => {
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
