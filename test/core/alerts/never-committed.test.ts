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
  test('opens one incident of its group, which mentions nobody, also where nothing of the group is committed', () => {
    expect(tell([[], changes], [[running], changes])).toEqual({
      incidents: ['never-committed'],
      told: [['post never committed orders'], []],
    })
  })

  test.each<[string, ContextChanges]>([
    ['without a pattern that matches', { ...changes, policy }],
    ['of an ignored group', { ...changes, policy: { ...alerted, ignore: [ignored] } }],
    ['that an older snapshot than the one before has', { ...changes, isStale: true }],
  ])('opens none %s', (_, changes) => {
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

  test('keeps its incident open while an older snapshot is the newest that can be used', () => {
    expect(tell([[running], changes], [[running], { ...allCommitted, isStale: true }]).incidents).toEqual([
      'never-committed',
    ])
  })

  test('is no line of the digest while it has an incident', () => {
    const watcher = new Watcher()
    watcher.tell(0, [running], changes)
    expect(shorts(watcher.tell(DAY, [running], changes))).toEqual([])
    expect(shorts(watcher.tell(2 * DAY, [running], { ...changes, policy })).at(-1)).toContain('post digest')
  })

  test('is edited where the topics change, and stays open once somebody has seen it', () => {
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

  test('of more than ten groups in one channel is one message', () => {
    const neverCommitted = Array.from({ length: 11 }, (_, i) => ({ ...entry, group: `a${i}` }))
    expect(tell([[], { ...changes, neverCommitted }]).told).toEqual([['post summary of 11 never-committed']])
  })

  test('waits for the end of a silence', () => {
    const silence = { pattern: 'app', from: now - HOUR, until: now + HOUR, reason: 'a move' }
    const silent = { ...changes, policy: { ...alerted, maintenance: [silence] } }
    expect(tell([[running], silent], [[running], silent]).told).toEqual([
      [],
      ['post never committed orders', 'post end of silence: 0 open, 0 over, 0 lost'],
    ])
  })
})
