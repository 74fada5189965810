import { describe, expect, test } from '@jest/globals'
import type { Resolution } from '../../../functions/core/alerts/alert-state.ts'
import type { Outcome } from '../../../functions/core/evidence/loss.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import { colour, headline, said } from './said.ts'
import { DAY, incident, loss, lost, now } from './samples.ts'

describe('a loss', () => {
  test('names the last known offsets, and the steps to take', () => {
    const notice = loss([0, 1].map(partition => lost({ kind: 'gone' }, { partition })))

    expect(said(notice)).toBe(
      [
        '🔴 payments-v1 on prod has lost 2 committed offsets. @here',
        '▌ Last known offsets, last seen 24 Nov 15:43:',
        '▌ • orders.events 0: 48113 · still in the log, at most 120 records after it · the group has no offset now',
        '▌ • orders.events 1: 48113 · still in the log, at most 120 records after it · the group has no offset now',
        '▌',
        '▌ What to do:',
        '▌ • If the consumer has stopped, do not start it yet. Without an offset, auto.offset.reset decides: earliest reads at most 94,226 records again, latest skips at most 240 records.',
        '▌ • If the consumer is still running, leave it running, and do not restore. It has its position in memory, and its next commit brings the offset back.',
        '▌ • Details, and all ways to recover: docs/alerts.md#offsets-that-are-gone',
        '▌',
        '▌ All offsets of the group, and the recommended way to recover:',
        '▌     offset-watchdog lookup payments-v1 --cluster prod',
        '▌ To restore the offsets of a stopped group, begin with this command. It shows the plan, and writes nothing:',
        '▌     offset-watchdog restore payments-v1 --cluster prod',
        '▌',
        '▌ Why: The offsets disappeared between 24 Nov 15:43 and 24 Nov 15:58. Kafka gives no reason: either their retention was over, or somebody deleted them.',
        '▌',
        '▌ Incident c40e5b7218fa · snapshot of 24 Nov 15:58 · offset-watchdog ack payments-v1 --cluster prod closes this incident',
      ].join('\n'),
    )
  })

  test.each<[string, Outcome, Partial<Commit>, string, string]>([
    ['gone', { kind: 'gone' }, {}, 'the group has no offset now', 'do not start it yet'],
    ['recovered', { kind: 'recovered' }, {}, 'committed again', ''],
    [
      'rewound',
      { kind: 'rewound', by: 47_113n },
      { offset: 1000n },
      'now 1000: set back by at most 47,113 records',
      'reads records a second time',
    ],
    [
      'caught up',
      { kind: 'caught-up' },
      { offset: 48_200n },
      'was set back, and has caught up: now 48200',
      '',
    ],
    [
      'continued or skipped',
      { kind: 'went-on-or-skipped', by: 120n },
      { offset: 48_300n },
      'committed again at 48233, at most 120 records later: the group went on, or skipped these records',
      'whether the consumer went on from its position in memory (nothing is lost) or was reset and skipped records',
    ],
  ])('says what followed: %s', (_, outcome, changes, row, advice) => {
    const text = said(loss([lost(outcome, changes)]))

    expect(text).toContain(`orders.events 3: 48113 · still in the log, at most 120 records after it · ${row}`)
    expect(text).toContain(advice)
    expect(text.includes('do not start it yet')).toBe(outcome.kind === 'gone')
  })

  test.each<[string, Partial<Commit>, string]>([
    ['a log that was not read', { logEnd: null }, 'log not read'],
    ['an empty log', { logStart: 48_113n, logEnd: 48_113n }, 'log empty there, no records lost'],
    [
      'a log that begins later',
      { logStart: 48_200n },
      'no longer in the log, at most 87 records deleted unread',
    ],
    ['a log that ends earlier', { logEnd: 48_100n }, 'beyond the log end by 13'],
    ['a log that ends there', { logEnd: 48_113n }, 'at the log end'],
  ])('says whether the log still has the offset: %s', (_, changes, words) => {
    expect(said(loss([lost({ kind: 'gone' }, changes)]))).toContain(
      `48113 · ${words} · the group has no offset now`,
    )
  })

  test('without lost records needs no action', () => {
    const text = said(loss([lost({ kind: 'gone' }, { logStart: 48_113n, logEnd: 48_113n })]))

    expect(text).toContain('• Nothing: the log is empty at these offsets')
    expect(text).not.toContain('do not start it yet')
    expect(text).not.toContain('offset-watchdog restore')
  })

  test('over several times says when each offset was last seen', () => {
    const older = { ...lost({ kind: 'gone' }), lastSeenAt: now - DAY }

    expect(said(loss([older, lost({ kind: 'gone' })]))).toContain('48113 · last seen 23 Nov 16:00 · ')
  })

  test.each<[string, Commit['gone'] | null, string]>([
    [
      'expired',
      { reason: 'expired', earliest: now, latest: now },
      'Kafka deleted the offsets on 24 Nov 16:00, because their retention was over.',
    ],
    [
      'deleted between two readings',
      { reason: 'deleted', earliest: now - DAY, latest: now },
      'Somebody deleted the offsets between 23 Nov 16:00 and 24 Nov 16:00.',
    ],
    [
      'replaced by a negative offset',
      { reason: 'negative', earliest: now, latest: now },
      'A client replaced the offsets by negative ones on 24 Nov 16:00. Consumers treat a negative offset as no offset.',
    ],
    [
      'lost by __consumer_offsets',
      { reason: 'offsets-topic', earliest: now, latest: now },
      'The offsets disappeared on 24 Nov 16:00, before their retention was over: the topic __consumer_offsets itself lost their records.',
    ],
    ['an unknown reason', null, 'The offsets disappeared after 24 Nov 15:43. Kafka gives no reason'],
  ])('says why: %s', (_, gone, words) => {
    expect(said(loss([lost({ kind: 'gone' }, { gone })]))).toContain(`Why: ${words}`)
  })

  test.each<[Outcome['kind'][], string]>([
    [['gone', 'gone'], 'has lost 2 committed offsets.'],
    [['gone', 'recovered'], 'has lost 2 committed offsets, and has committed 1 of them again since.'],
    [['recovered', 'recovered'], 'has lost 2 committed offsets, and has committed again since.'],
  ])('says in its headline how many offsets were committed again: %j', (kinds, words) => {
    const commits = kinds.map(kind => lost(kind === 'gone' ? { kind } : { kind: 'recovered' }))

    expect(headline(loss(commits))).toBe(`🔴 payments-v1 on prod ${words} @here`)
  })

  test.each<[string, string]>([
    ['$(reboot)', "offset-watchdog lookup '$(reboot)' --cluster prod"],
    ['a&b<c>', "offset-watchdog lookup 'a&b<c>' --cluster prod"],
    ["it's", "offset-watchdog restore 'it'\\''s' --cluster prod"],
    ['-rf', 'offset-watchdog restore --cluster prod -- -rf'],
    ['two\nlines', 'name incident 7c1f09ab52e4 when you ask for help'],
  ])('has a command that can be pasted: %j', (group, words) => {
    expect(said(loss([lost({ kind: 'gone' })], { incident: incident({ group, kind: 'loss' }) }))).toContain(
      words,
    )
  })

  test.each<[Resolution, string]>([
    ['recovered', 'is back at the offsets it had before the loss.'],
    ['caught-up', 'has caught up with the offsets it had before the loss.'],
    ['acknowledged', 'lost its offsets, and somebody has acknowledged the loss.'],
    [
      'seven-days',
      'lost its offsets seven days ago, so this message ends here; `lookup` still shows the offsets.',
    ],
  ])('turns grey, not green, when it is closed: %s', (why, words) => {
    const notice = loss([lost({ kind: 'recovered' })], { resolved: why, mention: false })

    expect(headline(notice)).toBe(`⚪ Closed: payments-v1 on prod ${words.replaceAll('`', '')}`)
    expect(colour(notice)).toBe('grey')
    expect(said(notice)).toContain('orders.events 3: 48113')
  })
})
