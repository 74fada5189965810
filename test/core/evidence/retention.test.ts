import { describe, expect, test } from '@jest/globals'
import { clockOf, type Moments, ruleOf, skewOf } from '../../../functions/core/evidence/retention.ts'
import type { Rule } from '../../../functions/core/model/commit.ts'
import {
  classic,
  consumer,
  DAY,
  emptyClassic,
  type SeenGroup,
  simple,
  streams,
  subscribedTo,
} from '../readings.ts'

const topic = 'orders'
const notSubscribed = subscribedTo('others')
const subscribed = subscribedTo('orders', 'others')
const unknown = { subscribed: undefined }

const asGroup = (group: SeenGroup) => ({ ...group, from: 0, to: 0, absent: [], unreadable: [] })

describe('which rule applies to an offset', () => {
  const rules: [name: string, group: SeenGroup, rule: Rule, pending: Rule, explicit: Rule][] = [
    ['simple', simple({}), 'simple', 'pending', 'explicit'],
    ['classic, Empty', emptyClassic({}), 'classic-empty', 'pending', 'explicit'],
    [
      'classic, Empty, of a Connect cluster',
      emptyClassic({}, { protocolType: 'connect' }),
      'classic-empty',
      'pending',
      'explicit',
    ],
    [
      'classic, Stable, subscribed',
      classic({}, subscribed),
      'classic-guarded',
      'classic-guarded',
      'classic-guarded',
    ],
    [
      'classic, Stable, not subscribed',
      classic({}, notSubscribed),
      'classic-unsubscribed',
      'pending',
      'explicit',
    ],
    [
      'classic, Stable, with a subscription that Kafka cannot read either',
      classic({}, unknown),
      'classic-guarded',
      'classic-guarded',
      'classic-guarded',
    ],
    [
      'classic, Stable, of a Connect cluster',
      classic({}, { ...notSubscribed, protocolType: 'connect' }),
      'classic-guarded',
      'classic-guarded',
      'classic-guarded',
    ],
    ...['PreparingRebalance', 'CompletingRebalance', 'Dead'].map((state): (typeof rules)[number] => [
      `classic, ${state}`,
      classic({}, { ...notSubscribed, state }),
      'classic-guarded',
      'classic-guarded',
      'classic-guarded',
    ]),
    ...['Stable', 'Assigning', 'Reconciling'].flatMap((state): typeof rules => [
      [
        `KIP-848, ${state}, subscribed`,
        consumer({}, { ...subscribed, state }),
        'consumer-guarded',
        'consumer-guarded',
        'consumer-guarded',
      ],
      [
        `KIP-848, ${state}, not subscribed`,
        consumer({}, { ...notSubscribed, state }),
        'consumer-unsubscribed',
        'pending',
        'explicit',
      ],
    ]),
    [
      'KIP-848, Empty',
      consumer({}, { ...subscribed, state: 'Empty' }),
      'consumer-empty',
      'pending',
      'explicit',
    ],
    [
      'streams, source topic',
      streams({}, subscribed),
      'streams-guarded',
      'streams-guarded',
      'streams-guarded',
    ],
    ['streams, another topic', streams({}, notSubscribed), 'streams-unsubscribed', 'pending', 'explicit'],
    [
      'streams, Empty',
      streams({}, { ...subscribed, state: 'Empty' }),
      'streams-empty',
      'pending',
      'explicit',
    ],
  ]

  test.each(rules)('%s', (_, group, rule, pending, explicit) => {
    expect(ruleOf(asGroup(group), topic, false, false)).toBe(rule)
    expect(ruleOf(asGroup(group), topic, true, false)).toBe(pending)
    expect(ruleOf(asGroup(group), topic, false, true)).toBe(explicit)
  })

  test.each(rules)(
    '%s, at a coordinator whose pending commits are no guard',
    (_, group, rule, _pending, explicit) => {
      const atOldCoordinator = asGroup({ ...group, pendingGuards: false })
      expect(ruleOf(atOldCoordinator, topic, true, false)).toBe(rule)
      expect(ruleOf(atOldCoordinator, topic, true, true)).toBe(explicit)
    },
  )
})

describe('when the clock runs out', () => {
  const committed = { earliest: 100, latest: 200 }
  const emptySince = { earliest: 1000, latest: 2000 }
  const seen = { earliest: 5000, latest: 6000 }
  const moments: Moments = { committed, emptySince: null, seen, expiresAt: null, mayExpireAt: null }
  const retention = 7 * DAY

  const plusRetention = (start: { earliest: number; latest: number }) => ({
    earliest: start.earliest + retention,
    latest: start.latest + retention,
  })

  test.each<Rule>([
    'simple',
    'classic-unsubscribed',
    'consumer-empty',
    'consumer-unsubscribed',
    'streams-empty',
  ])('%s: the retention after that partition’s last commit', rule => {
    expect(clockOf(rule, moments, retention)).toEqual({
      evidence: 'observed',
      clockStart: committed,
      deadline: plusRetention(committed),
      ifStopped: null,
    })
  })

  test('classic-empty: the retention after the group became Empty, however often it commits', () => {
    const lately = { ...moments, emptySince, committed: { earliest: 3000, latest: 4000 } }
    expect(clockOf('classic-empty', lately, retention)).toEqual({
      evidence: 'observed',
      clockStart: emptySince,
      deadline: plusRetention(emptySince),
      ifStopped: null,
    })
  })

  test.each<Rule>(['consumer-guarded', 'streams-guarded', 'pending'])(
    '%s: never, but the retention after the last commit if the guard ended now',
    rule => {
      expect(clockOf(rule, moments, retention)).toEqual({
        evidence: 'observed',
        clockStart: null,
        deadline: null,
        ifStopped: plusRetention(committed),
      })
    },
  )

  test('pending, in an Empty classic group: the retention after it became Empty, if the transaction ended now', () => {
    expect(clockOf('pending', { ...moments, emptySince }, retention)).toMatchObject({
      deadline: null,
      ifStopped: plusRetention(emptySince),
    })
  })

  test('classic-guarded: never, but the retention from now on if the group stopped now', () => {
    expect(clockOf('classic-guarded', moments, retention)).toMatchObject({
      clockStart: null,
      deadline: null,
      ifStopped: plusRetention(seen),
    })
  })

  test('an explicit expiry is the deadline in place of clock start and retention', () => {
    expect(clockOf('explicit', { ...moments, expiresAt: 777 }, retention)).toEqual({
      evidence: 'exact',
      clockStart: committed,
      deadline: { earliest: 777, latest: 777 },
      ifStopped: null,
    })
  })

  test('a guard suspends an explicit expiry, which counts as soon as the guard ends', () => {
    expect(clockOf('classic-guarded', { ...moments, expiresAt: 777 }, retention)).toMatchObject({
      deadline: null,
      ifStopped: { earliest: 777, latest: 777 },
    })
  })

  test('unlimited retention gives no deadline, except an explicit one', () => {
    expect(clockOf('simple', moments, null)).toMatchObject({
      clockStart: committed,
      deadline: null,
      ifStopped: null,
    })
    expect(clockOf('consumer-guarded', moments, null).ifStopped).toBeNull()
    expect(clockOf('explicit', { ...moments, expiresAt: 777 }, null).deadline).toEqual({
      earliest: 777,
      latest: 777,
    })
  })

  test('the deadline has no lower bound if the clock start has none', () => {
    const never = { ...moments, committed: { earliest: null, latest: 200 } }
    expect(clockOf('simple', never, retention)).toMatchObject({
      evidence: 'unknown',
      deadline: { earliest: null, latest: 200 + retention },
    })
  })

  test('a clock start with equal bounds is exact', () => {
    const exact = { ...moments, committed: { earliest: 150, latest: 150 } }
    expect(clockOf('simple', exact, retention).evidence).toBe('exact')
  })
})

test('the clock skew is applied once: stored observed bounds include it, exact times do not', () => {
  expect(skewOf('exact', 60_000)).toBe(60_000)
  expect(skewOf('observed', 60_000)).toBe(0)
  expect(skewOf('unknown', 60_000)).toBe(0)
})
