import { describe, expect, test } from '@jest/globals'
import { emptyAlertState, type Incident } from '../../functions/core/alerts/alert-state.ts'
import { checkCode, withoutAcknowledged } from '../../functions/jobs/status.ts'
import { incidentOf } from '../builders/incidents.ts'
import { commitOf, snapshotOf } from '../builders/snapshots.ts'
import { day, hour, minute } from '../cli/sample.ts'
import { now, status } from './status-of-sample.ts'

const groupsOf = ({ groups }: ReturnType<typeof status>) => groups.map(([first]) => first?.commit.group ?? '')

describe('the selection', () => {
  test('has everything by default, in the order of the snapshot', () => {
    expect(status().groups.flat()).toHaveLength(26)
    expect(groupsOf(status())).toEqual(groupsOf(status()).toSorted())
  })

  test('has the groups that match a pattern', () => {
    expect(groupsOf(status({ group: 'o*' }))).toEqual(['orders-app', 'overdue'])
  })

  test('fails with the nearest name if no group matches', () => {
    expect(() => status({ group: 'leger' })).toThrow(
      'cluster "prod" has no offsets of a group "leger": did you mean "ledger"?',
    )
  })

  test('has only ignored groups if asked', () => {
    expect(groupsOf(status({ ignored: true }))).toEqual(['console-consumer-1'])
  })

  test('by level has that level, nearer levels and losses', () => {
    const nearest = ['audit', 'evil\u001b[2J\n\u202egroup', 'overdue', 'shipping', 'spedisjon-v1']
    expect(groupsOf(status({ level: 'last' }))).toEqual(nearest)
    expect(groupsOf(status({ level: 'second' }))).toEqual([...nearest, 'etl-nightly'].toSorted())
    expect(groupsOf(status({ level: 'first' }))).toEqual([...nearest, 'etl-nightly', 'quiet'].toSorted())
    expect(
      status({ level: 'last', group: 'audit' })
        .groups.flat()
        .map(({ commit }) => commit.topic),
    ).toEqual(['team.audit'])
  })

  test.each([
    ['far away', 6 * day],
    ['near', 60 * hour],
    ['over', -hour],
  ])('by level has an offset beyond the log whose deadline is %s', (_, left) => {
    const deadline = { earliest: now + left, latest: now + left }
    const beyond = snapshotOf([commitOf({ deadline, offset: 500n })])
    expect(groupsOf(status({ level: 'last' }, beyond))).toEqual(['spedisjon-v1'])
  })
})

describe('--check', () => {
  const quiet = snapshotOf([commitOf({})], { takenAt: now - minute })
  const found = snapshotOf([commitOf({ deadline: { earliest: now + hour, latest: now + 2 * hour } })], {
    takenAt: now - minute,
  })
  const gaps = { complete: false }
  const old = { takenAt: now - 2 * hour }
  const headed = (snapshot: typeof quiet, head: object) => ({
    ...snapshot,
    head: { ...snapshot.head, ...head },
  })

  test.each([
    ['nothing to find', quiet, 0],
    ['something found', found, 1],
    ['an incomplete snapshot', headed(quiet, gaps), 4],
    ['something found in an incomplete snapshot', headed(found, gaps), 1],
    ['an old snapshot', headed(quiet, old), 3],
    ['something found in an old snapshot', headed(found, old), 3],
    ['a snapshot ahead of the clock by the skew', headed(quiet, { takenAt: now + minute }), 0],
    ['a snapshot ahead of the clock by more', headed(quiet, { takenAt: now + minute + 1 }), 3],
  ])('%s', (_, snapshot, code) => {
    expect(checkCode(status({ level: 'first' }, snapshot), now, 30 * minute)).toBe(code)
  })

  const incident = incidentOf({ openedAt: now, acknowledgedAt: now })
  const loss: Incident = {
    ...incident,
    kind: 'loss',
    group: 'audit',
    level: null,
    closed: { at: now, why: 'acknowledged' },
    losses: [{ topic: 'team.audit', partition: 0, seenAt: now - 2 * hour }],
  }

  test.each<[string, Incident, boolean]>([
    ['an acknowledged deadline is left out', incident, false],
    ['an open deadline is found', { ...incident, acknowledgedAt: null }, true],
    [
      'a closed deadline hides no later one',
      { ...incident, closed: { at: now, why: 'committed-again' } },
      true,
    ],
    ['an acknowledged loss is left out', loss, false],
    [
      'a later loss of the same partition is found',
      { ...loss, losses: [{ topic: 'team.audit', partition: 0, seenAt: 5 }] },
      true,
    ],
  ])('%s', (_, acknowledged, isFound) => {
    const state = { ...emptyAlertState('prod'), incidents: [acknowledged] }
    const { groups, ...rest } = status({ level: 'first' })
    expect(
      groupsOf({ ...rest, groups: withoutAcknowledged(groups, state, now) }).includes(acknowledged.group),
    ).toBe(isFound)
  })

  test('the next deadline after an acknowledged loss is found', () => {
    const reset = {
      offset: 80n,
      topicId: null,
      leaderEpoch: null,
      metadata: null,
      resetTo: 20n,
      foundInState: null,
    }
    const before = { ...reset, seenAt: 5, reason: 'unknown', lostBy: now - hour } as const
    const losses = [{ topic: 'team.orders', partition: 0, seenAt: 5 }]
    const state = { ...emptyAlertState('prod'), incidents: [{ ...loss, group: 'spedisjon-v1', losses }] }
    const foundOf = (left: number) => {
      const deadline = { earliest: now + left, latest: now + 200 * hour }
      const snapshot = snapshotOf([commitOf({ deadline, previousCommit: before })], { takenAt: now - minute })
      return withoutAcknowledged(status({ level: 'first' }, snapshot).groups, state, now)
    }
    expect(foundOf(100 * hour)).toEqual([])
    expect(foundOf(hour)).toMatchObject([[{ case: 'loss', level: 'last' }]])
  })
})
