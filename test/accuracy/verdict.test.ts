import { describe, expect, test } from '@jest/globals'
import { keyOf } from './history.ts'
import {
  anew,
  change,
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
      'a guard that falls after the deadline',
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
      'a sweep that had to wait for a coordinator',
      {
        history: [change(50n, 0), change(null, 70)],
        restarts: [{ after: s(58), by: s(69) }],
        readings: [seen(55, 60), gone(75, 'expired', 70)],
      },
    ],
    [
      'one that was kept to the end, and expired while a slow run went on',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 60), change(null, 120.5)],
        touches: [touch(60)],
        readings: [seen(115, 120), gone(125, 'expired', 120.5)],
      },
    ],
    [
      'a commit, already overdue, that came while the last snapshot was taken',
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
      'an offset that a new coordinator did not show for a moment',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(null, 20), change(50n, 21)],
        readings: [seen(55, 60)],
      },
    ],
    [
      'a deletion that nobody was warned of',
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
        readings: [seen(55, 60), anew(65, 'expired')],
      },
    ],
    [
      'a step back by hand',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(3n, 58)],
        readings: [seen(55, 60), anew(59, 'moved-back')],
      },
    ],
  ])('%s', (_, story) => expect(faultsOf(story)).toEqual([]))
})

describe('a bar does not hold', () => {
  const after = gone(65, 'expired')
  test.each<[string, string, Story]>([
    ['too early', 'before deadline.earliest', { history: lived, readings: [seen(55, 63), after] }],
    [
      'too early by what an older snapshot said',
      'before deadline.earliest',
      {
        mode: 'observed',
        history: lived,
        readings: [seen(5, 63, 65), seen(55, 50, 115), gone(65, 'unknown')],
      },
    ],
    ['too late', 'after its deadline', { history: lived, readings: [seen(55, 57), after] }],
    [
      'too late by the first snapshot since it was left alone',
      'survived deadline.latest',
      {
        mode: 'observed',
        history: lived,
        readings: [seen(5, null, 56), seen(55, null, 115), gone(65, 'unknown')],
      },
    ],
    [
      'not exact',
      'not exact',
      { history: lived, readings: [seen(55, 60, 60, { evidence: 'observed' }), after] },
    ],
    [
      'never shown',
      'no snapshot had shown it at risk',
      { mode: 'observed', history: lived, readings: [seen(5, 60), gone(65, 'unknown')] },
    ],
    [
      'never seen',
      'no snapshot had shown it at risk',
      {
        history: lived,
        readings: [{ head: { ...head, takenAt: s(5), finishedAt: s(6) }, commits: new Map() }],
      },
    ],
    ['not told', 'still has it', { history: lived, readings: [seen(55, 60), seen(65, 60)] }],
    ['a wrong reason', 'says deleted', { history: lived, readings: [seen(55, 60), gone(65, 'deleted')] }],
    [
      'a wrong moment',
      'at another time',
      { history: lived, readings: [seen(55, 60), gone(65, 'expired', 30)] },
    ],
    [
      'gone that is there',
      'and it was not',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0)],
        readings: [seen(55, 60), gone(65, 'expired')],
      },
    ],
    [
      'a reset that nobody told',
      'a reset that no snapshot tells',
      { row: isReset, history: lostAndReset, touches: touchedTwice, readings: [seen(55, 60), seen(65, 122)] },
    ],
    [
      'a reset taken for a step back',
      'says moved-back',
      {
        row: isReset,
        history: lostAndReset,
        touches: touchedTwice,
        readings: [seen(55, 60), anew(65, 'moved-back')],
      },
    ],
    [
      'another offset before the reset',
      'the offset before the reset is another',
      {
        row: isReset,
        history: lostAndReset,
        touches: touchedTwice,
        readings: [seen(55, 60), anew(65, 'expired', 49n)],
      },
    ],
    [
      'a reset that was none',
      'lost and committed anew, and it was not',
      {
        row: { ...expires, ends: ['kept'] },
        history: [change(50n, 0), change(3n, 58)],
        readings: [seen(55, 60), anew(59, 'unknown')],
      },
    ],
    [
      'a scenario that went otherwise',
      'did not play as written',
      { history: [change(50n, 0)], readings: [seen(55, 70)] },
    ],
    [
      'another rule',
      'by the rule simple',
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
