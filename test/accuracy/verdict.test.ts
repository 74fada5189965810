import { describe, expect, test } from '@jest/globals'
import { keyOf } from './history.ts'
import {
  change,
  committedAgain,
  expires,
  faultsOf,
  gone,
  head,
  isReset,
  key,
  lived,
  lostAndReset,
  reading,
  type Story,
  s,
  seen,
  touch,
  touchedTwice,
} from './story.ts'

// Proves that the bars can fail: each case has one fault.

describe('all bars hold', () => {
  test.each<[string, Story]>([
    ['an expiry right after its deadline', { history: lived, readings: [seen(55, 60), gone(65, 'expired')] }],
    [
      'an expiry within its bounds',
      {
        mode: 'observed',
        history: lived,
        readings: [seen(5, null, 65.1), seen(55, null, 115.1), gone(65, 'unknown')],
      },
    ],
    [
      'a guard that ends after the deadline',
      {
        history: lived,
        touches: [touch(0), touch(59.9)],
        readings: [
          reading(55, { deadline: null, ifStopped: { earliest: s(20), latest: s(20) } }),
          gone(65, 'expired'),
        ],
      },
    ],
    [
      'a sweep that waits for a coordinator',
      {
        history: [change(50n, 0), change(null, 70)],
        restarts: [{ after: s(58), by: s(69) }],
        readings: [seen(55, 60), gone(75, 'expired', 70)],
      },
    ],
    [
      'an offset that is kept to the end, and expires while a slow run continues',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 60), change(null, 120.5)],
        touches: [touch(60)],
        readings: [seen(115, 120), gone(125, 'expired', 120.5)],
      },
    ],
    [
      'an overdue commit during the last snapshot',
      {
        history: [change(50n, 0), change(51n, 60.1), change(null, 60.5)],
        touches: [touch(0), touch(60.05)],
        readings: [seen(60, 58, 120, { evidence: 'observed' }), gone(65, 'expired')],
      },
    ],
    [
      'a short expiry between two snapshots',
      {
        history: [change(50n, 6), change(null, 60.5)],
        touches: [touch(6)],
        readings: [
          { head: { ...head, takenAt: s(5), finishedAt: s(7) }, commits: new Map() },
          { head: { ...head, takenAt: s(61), finishedAt: s(62) }, commits: new Map() },
        ],
      },
    ],
    [
      'an expiry before the first complete snapshot',
      {
        history: lived,
        readings: [
          { head: { ...head, takenAt: s(58), finishedAt: s(59), complete: false }, commits: new Map() },
        ],
      },
    ],
    [
      'an offset that a new coordinator hides for a moment',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(null, 20), change(50n, 21)],
        readings: [seen(55, 60)],
      },
    ],
    [
      'a deletion without a warning',
      {
        row: { ...expires, ends: ['deleted'] },
        history: lived,
        touches: [touch(0), touch(60.4, 'deleted')],
        readings: [seen(55, 600), gone(65, 'deleted')],
      },
    ],
    [
      'a reset between two snapshots',
      {
        row: isReset,
        history: lostAndReset,
        touches: touchedTwice,
        readings: [seen(55, 60), committedAgain(65, 'expired')],
      },
    ],
    [
      'a move back by hand',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(3n, 58)],
        readings: [seen(55, 60), committedAgain(59, 'moved-back')],
      },
    ],
  ])('%s', (_, story) => expect(faultsOf(story)).toEqual([]))
})

describe('a bar does not hold', () => {
  const after = gone(65, 'expired')
  test.each<[string, string, Story]>([
    ['too early', 'before deadline.earliest', { history: lived, readings: [seen(55, 63), after] }],
    [
      'too early for an older snapshot',
      'before deadline.earliest',
      {
        mode: 'observed',
        history: lived,
        readings: [seen(5, 63, 65), seen(55, 50, 115), gone(65, 'unknown')],
      },
    ],
    ['too late', 'after its deadline', { history: lived, readings: [seen(55, 57), after] }],
    [
      'too late for the first snapshot after the last action',
      'outlived deadline.latest',
      {
        mode: 'observed',
        history: lived,
        readings: [seen(5, null, 56), seen(55, null, 115), gone(65, 'unknown')],
      },
    ],
    [
      'evidence that is not exact',
      'not exact',
      { history: lived, readings: [seen(55, 60, 60, { evidence: 'observed' }), after] },
    ],
    [
      'never shown at risk',
      'no snapshot had shown it at risk',
      { mode: 'observed', history: lived, readings: [seen(5, 60), gone(65, 'unknown')] },
    ],
    [
      'never in a snapshot',
      'no snapshot had shown it at risk',
      {
        history: lived,
        readings: [{ head: { ...head, takenAt: s(5), finishedAt: s(6) }, commits: new Map() }],
      },
    ],
    [
      'a loss that no snapshot reports',
      'still has the offset',
      { history: lived, readings: [seen(55, 60), seen(65, 60)] },
    ],
    [
      'a wrong reason',
      'gives the reason deleted',
      { history: lived, readings: [seen(55, 60), gone(65, 'deleted')] },
    ],
    [
      'a wrong time',
      'the wrong time of the loss',
      { history: lived, readings: [seen(55, 60), gone(65, 'expired', 30)] },
    ],
    [
      'an existing offset that is reported as gone',
      'reports the offset as gone, but it existed',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0)],
        readings: [seen(55, 60), gone(65, 'expired')],
      },
    ],
    [
      'a reset that no snapshot reports',
      'no snapshot reports the reset',
      { row: isReset, history: lostAndReset, touches: touchedTwice, readings: [seen(55, 60), seen(65, 122)] },
    ],
    [
      'a reset that is reported as a move back',
      'gives the reason moved-back',
      {
        row: isReset,
        history: lostAndReset,
        touches: touchedTwice,
        readings: [seen(55, 60), committedAgain(65, 'moved-back')],
      },
    ],
    [
      'a wrong offset before the reset',
      'the wrong offset before the reset',
      {
        row: isReset,
        history: lostAndReset,
        touches: touchedTwice,
        readings: [seen(55, 60), committedAgain(65, 'expired', 49n)],
      },
    ],
    [
      'a move back that is reported as a reset',
      'reports a reset, but the offset existed',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(3n, 58)],
        readings: [seen(55, 60), committedAgain(59, 'unknown')],
      },
    ],
    [
      'a scenario that did not play as written',
      'did not end as its scenario says',
      { history: [change(50n, 0)], readings: [seen(55, 70)] },
    ],
    [
      'a wrong rule',
      'the rule simple',
      {
        history: lived,
        readings: [
          seen(55, 60, 60, { rule: 'consumer-empty' }),
          reading(65, { ...gone(65, 'expired').commits.get(keyOf(key)), rule: 'consumer-empty' }),
        ],
      },
    ],
  ])('%s', (_, fault, story) => expect(faultsOf(story)).toEqual([expect.stringContaining(fault)]))
})
