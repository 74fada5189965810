import { describe, expect, test } from '@jest/globals'
import { acknowledge } from '../../../functions/core/alerts/incidents.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { guarded, now, policy } from '../../builders/commits.ts'
import { DAY, HOUR } from '../readings.ts'
import { type ContextChanges, Watcher } from './alerts.ts'
import { shorts } from './short.ts'

const entry = { group: 'app', topic: 'orders', partitions: [0, 1], since: now - DAY }
const alerted = { ...policy, neverCommittedAlerts: ['a*'] }
const changes: ContextChanges = { policy: alerted, neverCommitted: [entry] }
const allCommitted = { ...changes, neverCommitted: [] }
const running = guarded(20 * DAY)
const ignored = { pattern: 'app', reason: 'a test', until: undefined }

/** The incidents, and what was posted at each hour. */
function tell(...steps: [Commit[], ContextChanges][]) {
  const watcher = new Watcher()
  const told = steps.map(([commits, changes], hour) => shorts(watcher.tell(hour * HOUR, commits, changes)))
  return { incidents: watcher.incidents, told }
}

describe('a partition that was never committed', () => {
  test('opens one incident of its group, without a mention, even if the group has no committed offset', () => {
    expect(tell([[], changes], [[running], changes])).toEqual({
      incidents: ['never-committed'],
      told: [['post never committed orders'], []],
    })
  })

  test.each<[string, ContextChanges]>([
    ['if no pattern matches', { ...changes, policy }],
    ['if its group is ignored', { ...changes, policy: { ...alerted, ignore: [ignored] } }],
    ['if the snapshot is older than the one before', { ...changes, isStale: true }],
  ])('opens no incident %s', (_, changes) => {
    expect(tell([[running], changes])).toEqual({ incidents: [], told: [[]] })
  })

  test.each<[why: string, Commit[], ContextChanges]>([
    ['committed-again', [{ ...running, firstSeenAt: now + HOUR }], allCommitted],
    ['no-longer-known', [running], allCommitted],
    ['no-longer-known', [], allCommitted],
    ['ignored', [running], { ...changes, policy: { ...alerted, ignore: [ignored] } }],
    ['ignored', [running], { ...changes, policy }],
  ])('closes its incident as %s', (why, commits, later) => {
    expect(tell([[running], changes], [commits, later])).toEqual({
      incidents: [`never-committed closed: ${why}`],
      told: [['post never committed orders'], expect.arrayContaining(['reply closed'])],
    })
  })

  test('keeps the rule from Slack that closed its incident, even if the group has no committed offset', () => {
    const watcher = new Watcher()
    watcher.tell(0, [], changes)
    const by = { id: 'U1', name: 'kari', team: 'T1' }
    const rule = { ...ignored, id: 'a1', until: now + DAY, by, createdAt: now }
    watcher.tell(HOUR, [], { ...changes, policy: { ...alerted, ignore: [rule] } })
    expect(watcher.state.incidents).toMatchObject([
      { closed: { why: 'ignored' }, ignoredBy: { rule: 'a1', name: 'kari', reason: 'a test' } },
    ])
  })

  test('keeps its incident open while the newest usable snapshot is an older one', () => {
    expect(tell([[running], changes], [[running], { ...allCommitted, isStale: true }]).incidents).toEqual([
      'never-committed',
    ])
  })

  test('is not in the digest while it has an incident', () => {
    const watcher = new Watcher()
    watcher.tell(0, [running], changes)
    expect(shorts(watcher.tell(DAY, [running], changes))).toEqual([])
    expect(shorts(watcher.tell(2 * DAY, [running], { ...changes, policy })).at(-1)).toContain('post digest')
  })

  test('has its message edited when the topics change, and stays open after an acknowledgement', () => {
    const watcher = new Watcher()
    watcher.tell(0, [running], changes)
    const two = { ...changes, neverCommitted: [entry, { ...entry, topic: 'returns' }] }
    expect(shorts(watcher.tell(HOUR, [running], two))).toEqual(['edit never committed orders returns'])
    watcher.state = acknowledge(watcher.state, 'app', now + HOUR).state
    expect(shorts(watcher.tell(2 * HOUR, [running], two))).toEqual([
      'edit never committed orders returns',
      'reply acknowledged',
    ])
    expect(watcher.incidents).toEqual(['never-committed'])
  })

  test('shares a summary if more than ten groups of a channel have one', () => {
    const neverCommitted = Array.from({ length: 11 }, (_, i) => ({ ...entry, group: `a${i}` }))
    expect(tell([[], { ...changes, neverCommitted }]).told).toEqual([['post summary of 11 never-committed']])
  })

  test('is posted at the end of a silence', () => {
    const silence = { pattern: 'app', from: now - HOUR, until: now + HOUR, reason: 'a move' }
    const silent = { ...changes, policy: { ...alerted, maintenance: [silence] } }
    expect(tell([[running], silent], [[running], silent]).told).toEqual([
      [],
      ['post never committed orders', 'post end of silence: 0 open, 0 over, 0 lost'],
    ])
  })
})
