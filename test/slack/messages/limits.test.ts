import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { Resolution } from '../../../functions/core/alerts/alert-state.ts'
import type { DigestEntry, Notice, UnreadCause } from '../../../functions/core/alerts/notice.ts'
import type { Outcome } from '../../../functions/core/evidence/loss.ts'
import { impactOf } from '../../../functions/core/impact.ts'
import type { Commit, Rule } from '../../../functions/core/model/commit.ts'
import type { Cause } from '../../../functions/core/policy.ts'
import { render, type SlackMessage } from '../../../functions/slack/messages/message.ts'
import { randomCases } from '../../random-cases.ts'
import { violations } from './limits.ts'
import { commit, DAY, expiring, incident, loss, now, takenAt } from './samples.ts'
import { digest, neverCommitted, summary, trouble } from './samples-of-many.ts'
import { both, records, recordsLost, unread } from './samples-of-records.ts'

const nasty = [
  '<!channel>',
  '<@U123>',
  '<https://evil.example|ok>',
  '&lt;!here&gt;',
  '```',
  '`',
  "'; reboot #",
  '$(reboot)',
  '*_~',
  '\n',
  '\r',
  '\0',
  '\u202e',
  '\ud83d',
  '😀',
  ' ',
  '|',
  '^',
]
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.constantFrom(...nasty), { maxLength: 300 }).map(parts => parts.join('')),
  fc.constantFrom('&'.repeat(32_000), '\n'.repeat(32_000), '😀'.repeat(8_000)),
)

const offset = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })
const time = fc.integer({ min: takenAt - 90 * DAY, max: takenAt + 90 * DAY })
const bounds = fc.record({ earliest: fc.option(time), latest: time })
const rule = fc.constantFrom<Rule>('simple', 'classic-empty', 'consumer-guarded', 'explicit', 'pending')

const commits: fc.Arbitrary<Commit> = fc
  .record({
    topic: name,
    partition: fc.nat({ max: 2 ** 31 - 1 }),
    offset,
    logStart: fc.option(offset),
    logEnd: fc.option(offset),
    rule,
    evidence: fc.constantFrom('exact', 'observed', 'unknown'),
    clockStart: fc.option(bounds),
    deadline: fc.option(bounds),
    emptySince: fc.option(bounds),
    expiresAt: fc.option(fc.oneof(time, fc.constant(2 ** 63))),
    renewedAt: fc.option(time),
    valueSeenAt: time,
    seenAt: time,
    gone: fc.option(
      fc.record({ reason: fc.constantFrom('expired', 'deleted', 'unknown'), earliest: time, latest: time }),
    ),
  })
  .map(commit)

const resolutions: Resolution[] = ['committed-again', 'lost', 'recovered', 'seven-days', 'no-longer-known']
const group = fc.record({
  incident: fc.record({ group: name, acknowledgedAt: fc.option(time) }).map(changes => incident(changes)),
  resolved: fc.option(fc.constantFrom(...resolutions)),
  mention: fc.boolean(),
})

const expiringNotices = fc
  .tuple(
    fc.array(commits, { maxLength: 15 }),
    fc.record({
      alike: fc.array(
        group.map(each => each.incident),
        { maxLength: 3 },
      ),
      cause: fc.constantFrom<Cause>('simple', 'assign-while-empty', 'beyond-log-end', 'stopped'),
      harmless: fc.boolean(),
      retention: fc.record({
        broker: fc.integer({ min: -1 }),
        retention: fc.option(fc.nat()),
        sweep: fc.nat(),
        source: fc.constantFrom('broker', 'settings', 'default'),
      }),
    }),
    group,
  )
  .map(([all, changes, common]) => expiring(all, { ...changes, ...common }))

const outcomes = fc.oneof(
  fc.constantFrom<Outcome>({ kind: 'gone' }, { kind: 'recovered' }, { kind: 'caught-up' }),
  offset.map((by): Outcome => ({ kind: 'rewound', by })),
  offset.map((by): Outcome => ({ kind: 'went-on-or-skipped', by })),
)
const lossNotices = fc
  .tuple(fc.array(fc.tuple(commits, offset, time, outcomes), { maxLength: 15 }), group)
  .map(([all, common]) =>
    loss(
      all.map(([row, lost, lastSeenAt, outcome]) => ({
        commit: row,
        lost,
        lastSeenAt,
        outcome,
        impact: impactOf(lost, row),
      })),
      common,
    ),
  )

const recordsNotices = fc
  .tuple(
    fc.array(fc.tuple(commits, offset, time, fc.option(time)), { maxLength: 15 }),
    fc.constantFrom<UnreadCause>('stands-still', 'too-slow', 'stopped'),
    group,
  )
  .map(([all, cause, { incident: of, ...common }]) =>
    records(
      all.map(([row, atMost, earliest, latest]) => ({
        commit: row,
        unread: unread({ atMost, earliest, latest }),
      })),
      { cause, incident: { ...of, kind: 'records-deadline' }, ...common },
    ),
  )
const recordsLostNotices = fc
  .tuple(fc.array(commits, { maxLength: 15 }), offset, group)
  .map(([rows, atMost, { incident: of, ...common }]) =>
    recordsLost(
      { commits: rows, incident: { ...recordsLost().incident, group: of.group }, ...common },
      atMost,
    ),
  )
const bothNotices = fc
  .tuple(recordsNotices, expiringNotices, fc.boolean())
  .map(([first, second, mention]): Notice => {
    const { incident: of } = second
    const ofGroup = { ...first, incident: { ...first.incident, group: of.group } }
    return both({
      incident: of,
      mention,
      notices: [
        { ...ofGroup, resolved: null },
        { ...second, resolved: null },
      ],
    })
  })

const neverCommittedNotices = fc
  .tuple(
    fc.array(fc.record({ group: name, topic: name, partitions: fc.array(fc.nat()), since: time })),
    group,
  )
  .map(([entries, { incident: of, ...common }]) =>
    neverCommitted({ ...common, entries, incident: { ...of, kind: 'never-committed' } }),
  )

const unknownAgeNotices = fc
  .record({ groups: fc.nat(), examples: fc.array(name, { maxLength: 10 }), knownFrom: time })
  .map((summary): Notice => ({ type: 'unknown-age', cluster: 'prod', takenAt, ...summary }))

const others = fc.oneof(expiringNotices, recordsNotices, recordsLostNotices, neverCommittedNotices)
const replies = fc
  .oneof(
    fc.record({ reply: fc.constantFrom('offsets', 'reset', 'undone', 'closed'), about: lossNotices }),
    fc.record({ reply: fc.constantFrom('opened', 'second', 'acknowledged', 'more-lost'), about: others }),
    fc.record({ reply: fc.constant('closed'), about: others }),
  )
  .map((event): Notice => ({ type: 'reply', ...event }))

const summaries = fc
  .tuple(
    fc.array(expiringNotices, { maxLength: 10 }),
    fc.array(lossNotices, { maxLength: 10 }),
    fc.nat(),
    fc.boolean(),
  )
  .map(
    ([deadlines, losses, more, mention]): Notice =>
      deadlines.length > losses.length
        ? summary({ worst: deadlines, open: deadlines.length + more, mention })
        : summary({ kind: 'loss', worst: losses, open: losses.length + more, mention }),
  )

const digests = fc
  .array(
    fc.record({
      case: fc.constantFrom<DigestEntry['case']>(
        'stopped',
        'loss-stopped',
        'topic-deleted',
        'moved-back',
        'unread',
        'records-lost',
        'protected',
      ),
      group: name,
      partitions: fc.nat(),
      worst: commits,
      owner: fc.option(name),
      lastMember: fc.option(fc.record({ clientId: name, host: name, seenAt: fc.integer() })),
    }),
    { maxLength: 60 },
  )
  .map((entries): Notice => digest({ entries }))

const troubles = fc
  .record({
    kind: fc.constantFrom('silent', 'incomplete', 'rights-lost'),
    details: fc.array(name, { maxLength: 5 }),
  })
  .map(trouble)

const texts = ({ text, attachments }: SlackMessage): string[] => [
  text,
  ...attachments.flatMap(({ fallback, blocks }) => [
    fallback,
    ...blocks.flatMap(block =>
      block.type === 'section'
        ? [block.text?.text ?? '']
        : block.type === 'context'
          ? block.elements.map(element => (element.type === 'image' ? '' : element.text))
          : [],
    ),
  ]),
]

/** Everything that Slack renders as a mention, a link or a date. */
const marked = (message: SlackMessage) => texts(message).flatMap(text => text.match(/<[^>]*>?/g) ?? [])

describe('messages with any names and numbers', () => {
  const kinds: [string, fc.Arbitrary<Notice>][] = [
    ['about offsets that may expire', expiringNotices],
    ['about a loss', lossNotices],
    ['about unread records', recordsNotices],
    ['about lost records', recordsLostNotices],
    ['about offsets and records', bothNotices],
    ['about partitions without a commit', neverCommittedNotices],
    ['about groups of unknown age', unknownAgeNotices],
    ['in a thread', replies],
    ['about many groups', summaries],
    ['with a digest', digests],
    ['about trouble of the watchdog', troubles],
  ]

  test.each(kinds)('a message %s stays within Slack’s limits, and shows names only as text', (_, notices) => {
    fc.assert(
      fc.property(notices, notice => {
        const message = render(notice, { mention: '<!here>', buttons: true })
        expect(violations(message)).toEqual([])

        // Names of groups and topics cause no mentions and no links.
        const others = marked(message).filter(mark => !/^<!date\^\d+\^[^|<>]+\|[\d: -]+UTC>$/.test(mark))
        expect(others).toEqual('mention' in notice && notice.mention ? ['<!here>'] : [])

        // Every character is visible and on its own line.
        expect(message.text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(texts(message).join('').replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
      }),
      { numRuns: randomCases(50) },
    )
  })
})

describe('a group of 5,000 partitions with long names', () => {
  const many = Array.from({ length: 5_000 }, (_, partition) =>
    commit({ topic: '&'.repeat(249), partition, offset: 2n ** 62n, logEnd: 2n ** 63n - 1n }),
  )
  const long = incident({ group: '&'.repeat(32_000) })

  test.each<[string, Notice]>([
    ['expiring', expiring(many, { incident: long })],
    [
      'lost',
      loss(
        many.map(row => ({
          commit: row,
          lost: row.offset,
          lastSeenAt: now,
          outcome: { kind: 'rewound', by: 5n },
          impact: impactOf(row.offset, row),
        })),
        { incident: long },
      ),
    ],
  ])('with %s offsets has a message that fits, and that counts them', (_, notice) => {
    const message = render(notice, { mention: '<!here>', buttons: true })

    expect(violations(message)).toEqual([])
    expect(message.text).toContain('5,000 committed offsets')
    expect(texts(message).join('\n')).toMatch(/…and 4,99\d more/)
  })
})
