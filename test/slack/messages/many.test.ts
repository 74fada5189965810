import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import type { Trouble } from '../../../functions/core/alerts/alert-state.ts'
import type { Notice, ReplyEvent } from '../../../functions/core/alerts/notice.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { colour, headline, said } from './said.ts'
import {
  commit,
  DAY,
  exactCommit,
  expiring,
  HOUR,
  incident,
  loss,
  lost,
  MINUTE,
  now,
  sevenDays,
  takenAt,
} from './samples.ts'
import { digest, entry, neverCommitted, summary, trouble } from './samples-of-many.ts'

const reply = (event: ReplyEvent): Notice => ({ type: 'reply', ...event })

describe('a summary', () => {
  test('names the ten most urgent groups, and the number of the others', () => {
    const text = said(summary())
    expect(text).toMatch(
      /^🟠 47 groups on prod may lose committed offsets, the first in 2 days 23 hours at the earliest \(27 Nov 15:00\)\.\n/,
    )
    expect(text).toContain('• shop-cart: 2 offsets, deadline not before 27 Nov 15:00\n')
    expect(text).toContain(
      '• shop-returns: 2 offsets, deadline not before 27 Nov 15:00 · has stopped\n▌ …and 37 more',
    )
    expect(text).toContain('offset-watchdog status --cluster prod')
  })

  test('has one row for groups whose names differ only in numbers or random parts', () => {
    const ci = Array.from({ length: 214 }, (_, i) =>
      expiring([commit()], { incident: incident({ group: `ci-${(i * 7919 + 0xabc123).toString(16)}` }) }),
    )
    const worst = [...ci.slice(0, 3), expiring([commit()]), ...ci.slice(3)]
    const text = said(summary({ worst, open: 220 }))
    expect(text).toContain(
      '• 214 groups ci-…, the first of them ci-abc123: 1 offset, deadline not before 27 Nov 15:00',
    )
    expect(text).toContain('• payments-v1: 1 offset, deadline not before 27 Nov 15:00\n▌ …and 5 more')
  })

  test('of losses is red, and has a mention', () => {
    const worst = [loss([lost({ kind: 'gone' })])]
    const text = said(summary({ kind: 'loss', mention: true, worst }))
    expect(text).toMatch(/^🔴 47 groups on prod have lost committed offsets\. @here\n/)
    expect(text).toContain('• payments-v1: 1 offset, last seen 24 Nov 15:43')
  })

  test('announces another message only if there will be one', () => {
    expect(said(summary())).toContain('Each group is posted again when its deadline comes closer.')
    const last = said(summary({ isLastWord: true }))
    expect(last).toContain(
      'This is the last message before these deadlines. Start the groups you still need.',
    )
    expect(last).not.toContain('comes closer')
  })

  test('says how many are over, and turns grey when none is left', () => {
    expect(said(summary({ open: 12 }))).toContain(
      'No longer in this message: 35 of 47 groups. Each is over or has a newer message.',
    )
    expect(headline(summary({ open: 0, worst: [] }))).toBe(
      '⚪ Closed: 47 groups on prod came near a deadline. Each is over or has a newer message.',
    )
    expect(colour(summary({ open: 0, worst: [] }))).toBe('grey')
  })
})

test('a digest has a paragraph for each case that occurs', () => {
  const text = said(digest())
  expect(text).toMatch(/^⚪ Digest of prod: 6 groups, nothing urgent\.\n/)
  expect(text).toContain(
    'Partitions without any committed offset. auto.offset.reset decides where the next start begins.\n▌ • audit-v1: orders.events 0 and 1 other partition, since 22 Nov 16:00 or earlier\n',
  )
  expect(text).toContain(
    'Stopped groups near their deadline:\n▌ • nightly-report: Kafka may delete 2 offsets in 2 days (26 Nov 16:00)\n',
  )
  expect(text).toContain('• old-importer: 2 offsets of orders.events, last seen 24 Nov 15:43')
  expect(text).toContain('• price-cache: 2 offsets of orders.events\n')
  expect(text).toContain(
    '• replayed: 2 offsets, such as orders.events 3 from 90 back to 0, after 24 Nov 15:43',
  )
  expect(said(digest({ entries: [entry('protected', 'price-cache')] }))).not.toContain('Stopped groups')
})

test('the message about partitions without a commit says what that means, and what to do', () => {
  const text = said(neverCommitted())
  expect(text).toMatch(/^🟠 audit-v1 on prod reads 2 partitions without any committed offset\.\n/)
  expect(text).toContain('• orders.events 0 and 1 other partition, since 22 Nov 16:00 or earlier\n')
  expect(text).toContain('so auto.offset.reset decides where the next start begins')
  expect(text).toContain('offset-watchdog ack audit-v1 --cluster prod marks this incident as seen')
  expect(headline(neverCommitted({ resolved: 'committed-again', entries: [] }))).toBe(
    '⚪ Closed: audit-v1 on prod has committed an offset for each of its partitions.',
  )
  const of = Array.from({ length: 11 }, () => neverCommitted())
  expect(headline(summary({ kind: 'never-committed', worst: of, open: 11 }))).toBe(
    '🟠 11 groups on prod have partitions without any committed offset.',
  )
})

describe('trouble of the watchdog itself', () => {
  test.each<[Partial<Trouble>, string]>([
    [{}, '🟠 No snapshot of prod for 45 minutes: the watchdog does not see this cluster.'],
    [{ over: now + HOUR }, '⚪ Over: the watchdog has a new snapshot of prod.'],
    [
      { kind: 'incomplete', details: ['broker 3 does <not> answer.'] },
      '🟠 The last three snapshots of prod were not complete: the watchdog does not see everything.',
    ],
    [
      { kind: 'unusable' },
      '🟠 The newest snapshot of prod is not usable: the watchdog uses the snapshot of 24 Nov 15:58.',
    ],
    [{ kind: 'rights-lost' }, '🟠 The watchdog sees less of prod than before: it has lost access rights.'],
  ])('%j', (changes, line) => {
    expect(headline(trouble(changes))).toBe(line)
    if (changes.details) expect(said(trouble(changes))).toContain('• broker 3 does <not> answer.')
  })
})

test('the weekly line says what the watchdog looks at', () => {
  const week: Notice = {
    type: 'week',
    cluster: 'prod',
    takenAt,
    now,
    monday: now,
    snapshots: 672,
    complete: 670,
    groups: 1200,
    ignored: 3,
    nearest: { group: 'price-cache', deadline: now + 2 * DAY + HOUR },
  }
  expect(headline(week)).toBe(
    '⚪ The watchdog is watching prod: 1,200 groups, 670 of 672 snapshots complete in the last week, nearest deadline ' +
      'in 2 days 1 hour, 3 groups ignored.',
  )
  expect(said(week)).toContain('Nearest deadline: price-cache, 26 Nov 17:00')
  expect(headline({ ...week, nearest: null })).toContain('no deadline known')
})

describe('a reply', () => {
  test.each<[Notice, string]>([
    [
      reply({ reply: 'second', about: expiring([exactCommit(now - 6 * DAY - HOUR)]) }),
      '🟠 Closer: payments-v1 on prod may lose 1 committed offset in 23 hours (25 Nov 15:00).',
    ],
    [
      reply({
        reply: 'acknowledged',
        about: expiring([commit()], { incident: incident({ acknowledgedAt: now }) }),
      }),
      '⚪ Acknowledged (24 Nov 16:00): payments-v1 on prod no longer escalates. A loss is still posted.',
    ],
    [
      reply({ reply: 'closed', about: expiring([commit()], { resolved: 'guarded-again' }) }),
      '⚪ Closed: payments-v1 on prod has members again, which protect its offsets.',
    ],
    [
      reply({ reply: 'reset', about: loss([lost({ kind: 'rewound', by: 5n })]) }),
      '🔴 payments-v1 on prod has lost 1 committed offset, and has committed again since.',
    ],
  ])('has a headline without a mention: %#', (notice, line) => {
    expect(headline(notice)).toBe(line)
    expect(render(notice, { mention: '<!here>' }).text).not.toContain('<!here>')
  })

  test('has the lost offsets as a file, and as text if the app may not upload', () => {
    const notice = reply({
      reply: 'offsets',
      about: loss([3, 4].map(partition => lost({ kind: 'gone' }, { partition }))),
    })
    const { file } = render(notice, { mention: undefined })
    expect(file).toEqual({ name: 'offsets.csv', content: 'orders.events,3,48113\norders.events,4,48113\n' })
    expect(said(notice)).toContain('    orders.events,3,48113\n▌     orders.events,4,48113')
  })

  test('with 5,000 lost offsets has all of them in the file, and says how many the text leaves out', () => {
    const rows = Array.from({ length: 5_000 }, (_, partition) => lost({ kind: 'gone' }, { partition }))
    const notice = reply({ reply: 'offsets', about: loss(rows) })
    const message = render(notice, { mention: undefined })
    expect(message.file?.content.split('\n')).toHaveLength(5_001)
    expect(said(notice)).toMatch(
      /…and 4,\d{3} more\.\n.*\n▌ All of them:\n▌ {5}offset-watchdog lookup payments-v1 --cluster prod --csv\n/,
    )
  })
})

describe('links', () => {
  const docs = 'https://github.com/you/offset-watchdog/blob/main/'
  const linked = (notice: Notice) => JSON.stringify(render(notice, { mention: undefined, docs }))

  test.each<[string, Notice, string]>([
    ['a simple group', expiring([commit()]), 'simple-group-on-a-quiet-topic'],
    [
      'assign() while Empty',
      expiring([commit()], { cause: 'assign-while-empty' }),
      'classic-group-that-now-uses-assign',
    ],
    [
      'an offset beyond the log',
      expiring([commit()], { cause: 'beyond-log-end' }),
      'offset-beyond-the-end-of-the-log',
    ],
    ['a stopped group', expiring([commit({ kind: 'classic' })], { cause: 'stopped' }), 'stopped-group'],
    ['KIP-848', expiring([commit({ kind: 'consumer' })], { cause: 'stopped' }), 'kip-848-or-streams-group'],
    ['a loss', loss([lost({ kind: 'gone' })]), 'offsets-that-are-gone'],
    ['a reset', loss([lost({ kind: 'rewound', by: 5n })]), 'a-group-that-was-reset'],
    [
      'a group that needs no offsets',
      loss([lost({ kind: 'rewound', by: 5n })], { resets: 3 }),
      'groups-that-need-no-offsets',
    ],
  ])('for %s lead to its section', (_, notice, section) => {
    expect(linked(notice)).toContain(
      `<https://github.com/you/offset-watchdog/blob/main/docs/alerts.md#${section}|`,
    )
    expect(said(notice)).toContain(`docs/alerts.md#${section}`)
  })

  const sections = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8').split('\n## ')

  test.each<[string, Notice, string]>([
    ['a simple group', expiring([commit()]), 'Simple group'],
    ['assign() while Empty', expiring([commit()], { cause: 'assign-while-empty' }), 'Classic group'],
    ['a stopped group', expiring([commit({ kind: 'classic' })], { cause: 'stopped' }), 'Stopped group'],
    ['KIP-848', expiring([commit({ kind: 'consumer' })], { cause: 'stopped' }), 'KIP-848'],
  ])('for %s promise code for each client, and the section has it', (_, notice, heading) => {
    expect(said(notice)).toContain(', with code for each client')
    const section = sections.find(each => each.startsWith(heading))
    for (const client of ['Java', 'librdkafka', 'TypeScript']) expect(section).toContain(client)
  })

  test('lead to the message before', () => {
    const related = 'https://testers.slack.com/archives/C1/p1'
    expect(JSON.stringify(render(loss([lost({ kind: 'gone' })]), { mention: undefined, related }))).toContain(
      `<${related}|Earlier message>`,
    )
  })
})

test('times have seconds if a broker forgets offsets within the hour', () => {
  const brief = { ...sevenDays, retention: MINUTE }
  const text = JSON.stringify(render(expiring([commit()], { retention: brief }), { mention: undefined }))
  expect(text).toContain('{date_short_pretty} at {time_secs}|2026-11-27 15:00:00 UTC>')
  expect(text).not.toContain('{time}')
})

test('the message of a stopped group counts the groups of its name family that share it', () => {
  const groups = ['it-90ef34ab', 'it-12cd56ef', 'it-55aa66bb', 'it-0a1b2c3d']
  const ends = [null, 'lost', 'lost', 'guarded-again'] as const
  const alike = groups.map((group, i) => {
    const why = ends[i]
    return incident({ group, closed: why ? { at: now, why } : null })
  })
  const notice = expiring([commit({ kind: 'classic' })], {
    cause: 'stopped',
    incident: incident({ group: 'it-77ab12cd' }),
    alike,
  })
  expect(said(notice)).toContain(
    'This message also covers 4 more stopped groups it-…, such as it-90ef34ab: 1 may lose offsets soon, 2 lost their offsets, 1 closed for another reason. If nobody needs these groups, one pattern in ignore covers all of them.',
  )
})

test.each([
  ['day', 'Daily'],
  ['week', 'Weekly'],
] as const)('a digest of each %s says so', (every, word) => {
  expect(JSON.stringify(render(digest({ every }), { mention: undefined }))).toContain(`${word} digest · `)
})

test('a digest says how many groups are ignored, which rules end this week, and which match nothing', () => {
  const ignored = {
    groups: 3,
    ending: [{ pattern: 'ci-*', until: now + DAY }],
    idle: ['<!here>', 'b', 'c', 'd', 'e', 'f'].map(pattern => ({ pattern })),
  }
  const message = JSON.stringify(render(digest({ ignored }), { mention: undefined }))
  expect(message).toContain('*Ignored:* 3 groups. Rules that end this week: `ci-*` on <!date')
  expect(message).toContain('Rules that match no group: `&lt;!here&gt;`, `b`, `c`, `d`, `e` and 1 more.')
  expect(JSON.stringify(render(digest(), { mention: undefined }))).not.toContain('*Ignored:*')
})
