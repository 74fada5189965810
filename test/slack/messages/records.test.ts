import { execFileSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import type { RecordsNotice } from '../../../functions/core/alerts/notice.ts'
import type { Commit } from '../../../functions/core/model/commit.ts'
import type { UnreadRecords } from '../../../functions/core/model/unread-records.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { violations } from './limits.ts'
import { colour, headline, said } from './said.ts'
import { commit, DAY, expiring, HOUR, incident, now } from './samples.ts'
import { atRisk, both, records, recordsLost } from './samples-of-records.ts'

const hasNotRead = '🔴 payments-v1 on prod has at most 2,310 unread records, and Kafka begins to delete them'

describe('the first line', () => {
  test.each<[string, Partial<UnreadRecords>, Partial<RecordsNotice>, string]>([
    ['both bounds', {}, {}, `${hasNotRead} between 5 hours and 4 days from now (it deletes whole segments).`],
    [
      'a deletion at any moment',
      { earliest: now - HOUR },
      {},
      `${hasNotRead} between now and 4 days from now (it deletes whole segments).`,
    ],
    [
      'a deletion that may never come',
      { latest: null },
      {},
      '🟠 payments-v1 on prod has at most 2,310 unread records, and Kafka begins to delete them not before 24 Nov 21:00, and perhaps never (it deletes whole segments).',
    ],
    [
      'the last call',
      {},
      { mention: true },
      '🔴 Last call: payments-v1 on prod has at most 2,310 unread records, and Kafka begins to delete them between 5 hours and 4 days from now (it deletes whole segments). @here',
    ],
    [
      'a group that has stopped since',
      {},
      { cause: 'stopped' },
      '🟠 payments-v1 on prod, which has stopped, has at most 2,310 unread records, and Kafka begins to delete them between 5 hours and 4 days from now (it deletes whole segments).',
    ],
  ])('%s', (_, changes, ofNotice, line) => {
    expect(headline(records([atRisk(changes)], ofNotice))).toBe(line)
  })

  test('adds up several partitions, and says when the first records are deleted', () => {
    const partitions = [atRisk(), atRisk({ atMost: 90n, earliest: now + 2 * DAY }, { partition: 4 })]
    expect(headline(records(partitions))).toBe(
      '🔴 payments-v1 on prod has at most 2,400 unread records, and Kafka deletes the first of them between 5 hours and 4 days from now (it deletes whole segments).',
    )
  })

  test.each([
    ['caught-up', 'has caught up'],
    ['out-of-danger', 'has unread records, and Kafka keeps them for longer now'],
    ['lost', 'has lost unread records'],
  ] as const)('says why the incident is closed: %s', (resolved, why) => {
    const notice = records([], { resolved })
    expect([headline(notice), colour(notice)]).toEqual([`⚪ Closed: payments-v1 on prod ${why}.`, 'grey'])
  })
})

describe('what to do', () => {
  const commands = (notice: RecordsNotice) => said(notice).match(/kafka-configs [^│\n]*/g) ?? []

  test('begins with the retention: the command, the value before and the way back', () => {
    const text = said(records([atRisk()]))
    expect(commands(records([atRisk()])).map(line => line.trim())).toEqual([
      'kafka-configs --bootstrap-server "$KAFKA_BROKERS" --alter --entity-type topics --entity-name orders.events --add-config retention.ms=1209600000',
      'kafka-configs --bootstrap-server "$KAFKA_BROKERS" --alter --entity-type topics --entity-name orders.events --add-config retention.ms=604800000',
    ])
    expect(text).toContain('orders.events has retention.ms=604800000 (7 days). Raise it to 14 days')
    expect(text).not.toContain('--delete-config')
    expect(text).toMatch(/Strimzi’s KafkaTopic or Terraform .* undoes the command/)
  })

  test('deletes the topic’s value again if the topic had none of its own', () => {
    const ofBrokers = records([atRisk({ retentionSetBy: 'broker' })])
    expect(commands(ofBrokers)[1]).toContain('--entity-name orders.events --delete-config retention.ms')
    expect(said(ofBrokers)).toContain('retention.ms=604800000 (7 days) from its brokers. Raise it to 14 days')
    const ofEarlierVersion = said(records([atRisk({ retentionSetBy: null })]))
    expect(ofEarlierVersion).toContain('if --describe shows the value only as DEFAULT_CONFIG')
  })

  test('makes a short retention a day longer', () => {
    expect(commands(records([atRisk({ retention: HOUR })]))[0]).toContain(`retention.ms=${DAY + HOUR}`)
  })

  test('quotes a topic’s name as one word of the shell, whatever it contains', () => {
    const [line = ''] = commands(records([atRisk({}, { topic: 'a b$(touch pwned)' })]))
    const words = execFileSync('sh', ['-c', line.replace('kafka-configs', "printf '%s\\n'")])
    expect(words.toString().split('\n')).toContain('a b$(touch pwned)')
  })

  test('has no command for a name that cannot be pasted', () => {
    const odd = records([atRisk({}, { topic: 'a`b' })])
    expect(commands(odd)).toEqual([])
    expect(said(odd)).toContain('Keep the records longer')
  })

  test.each<[RecordsNotice['cause'], string, string]>([
    ['stands-still', 'its offset does not move', 'a-group-that-stands-still'],
    ['too-slow', 'more slowly than new records arrive', 'a-group-that-is-too-slow'],
    ['stopped', 'has stopped since', 'unread-records'],
  ])('continues with the cause: %s', (cause, words, section) => {
    const text = said(records([atRisk()], { cause }))
    expect(text).toContain(words)
    expect(text).toContain(`docs/alerts.md#${section}`)
  })

  test('explains why there are two times', () => {
    expect(said(records([atRisk()]))).toMatch(
      /Why two times: .*retention\.ms.* none of these records before .* whole segment/,
    )
  })

  test('has the command that acknowledges unread records', () => {
    expect(said(records([atRisk()]))).toContain(
      'offset-watchdog ack payments-v1 --cluster prod --at-risk records stops the escalation',
    )
  })
})

test('a message with both incidents of a group has the nearer one first, and a command to acknowledge each', () => {
  const text = said(both())
  expect(headline(both())).toBe(
    '🔴 Last call: payments-v1 on prod has at most 2,310 unread records, and Kafka begins to delete them between 5 hours and 4 days from now (it deletes whole segments). And payments-v1 on prod may lose 1 committed offset in 2 days 23 hours at the earliest (27 Nov 15:00). @here',
  )
  for (const flags of ['', ' --at-risk records'])
    expect(text).toContain(`offset-watchdog ack payments-v1 --cluster prod${flags} stops the escalation`)
  expect(text.match(/Owner/g)?.length ?? 0).toBeLessThan(2)
})

describe('records that were deleted unread', () => {
  test('are counted, with the time and the effect of a restart', () => {
    const text = said(recordsLost())
    expect(headline(recordsLost())).toBe(
      '🔴 payments-v1 on prod has lost at most 12,480 unread records: Kafka deleted the last of them by 24 Nov 15:56. @here',
    )
    expect(text).toContain(
      'orders.events 3: at most 12,480 records · offset 48113 is below the log start 60593',
    )
    expect(text).toContain('auto.offset.reset')
    expect(text).toContain('docs/alerts.md#records-that-were-deleted-unread')
  })

  test('have a warning only if the newest snapshot could not read the group', () => {
    const unreadable = recordsLost()
    unreadable.commits = unreadable.commits.map(read => ({ ...read, seenAt: now - 5 * HOUR }))
    const warning = 'The newest snapshot could not read this group.'
    expect(said(unreadable)).toContain(warning)
    expect(said(recordsLost())).not.toContain(warning)
  })

  test('have a daily reply, an acknowledgement and an end', () => {
    const about = recordsLost()
    const reply = (name: 'more-lost' | 'acknowledged' | 'closed', changes: Partial<typeof about> = {}) =>
      headline({ type: 'reply', reply: name, about: { ...about, ...changes } })
    expect(reply('more-lost')).toContain(
      'Still losing: payments-v1 on prod has lost at most 12,480 unread records',
    )
    expect(reply('acknowledged')).toContain('gets no more daily replies')
    expect(reply('closed', { resolved: 'caught-up' })).toContain('Closed: payments-v1 on prod has caught up.')
    expect(headline(recordsLost({ resolved: 'caught-up', mention: false }))).toBe(
      '⚪ Closed: payments-v1 on prod has caught up. The group lost at most 12,480 unread records.',
    )
  })
})

test('the message stays within Slack’s limits, whatever names it contains', () => {
  const long = (commit: Partial<Commit>) => atRisk({}, { topic: '&<>`'.repeat(62), ...commit })
  const many = Array.from({ length: 200 }, (_, partition) => long({ partition }))
  const notice = records(many, {
    incident: incident({ kind: 'records-deadline', group: '&<>`'.repeat(100) }),
  })
  expect(
    violations(render({ ...both(), notices: [notice, expiring([commit()])] }, { mention: '<!here>' })),
  ).toEqual([])
  expect(violations(render(notice, { mention: '<!here>' }))).toEqual([])
})
