import { describe, expect, test } from '@jest/globals'
import type { Resolution } from '../../../functions/core/alerts/alert-state.ts'
import type { Notice } from '../../../functions/core/alerts/notice.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { hashOf } from '../../../functions/text/page-path.ts'
import { colour, headline, said } from './said.ts'
import { commit, DAY, expiring, incident, now, takenAt } from './samples.ts'

describe('an incident', () => {
  test('says how to stop the escalation, until somebody acknowledges it', () => {
    expect(said(expiring([commit()]))).toContain(
      'Incident 7c1f09ab52e4 · snapshot of 24 Nov 15:58 · times left as of 24 Nov 16:00 · offset-watchdog ack payments-v1 --cluster prod stops the escalation',
    )
    const acknowledged = expiring([commit()], { incident: incident({ acknowledgedAt: now }) })
    expect(said(acknowledged)).toMatch(/ · acknowledged 24 Nov 16:00$/)
  })

  test('carries the key by which a later run finds its message', () => {
    expect(render(expiring([commit()], { slot: 'last' }), { mention: undefined }).metadata).toEqual({
      event_type: 'offset_watchdog',
      event_payload: { cluster: 'prod', incident: '7c1f09ab52e4', slot: 'last' },
    })
  })

  test.each<[Resolution, string]>([
    ['committed-again', 'has committed again, and its deadline is far away.'],
    [
      'same-offset-committed',
      'keeps committing the same offset: otherwise Kafka would have deleted it by now.',
    ],
    ['guarded-again', 'has members again, which protect its offsets.'],
    ['no-longer-known', 'is no longer in the newest snapshot.'],
    ['lost', 'has lost its offsets; lookup still shows them.'],
    ['topic-deleted', 'has lost its offsets because the topic was deleted.'],
    ['ignored', 'is ignored by the settings now.'],
  ])('that is closed says why, in grey: %s', (why, words) => {
    const closed = incident({ closed: { at: now, why } })
    const notice = expiring([commit()], { resolved: why, level: 'last', incident: closed })

    expect(headline(notice)).toBe(`⚪ Closed: payments-v1 on prod ${words}`)
    expect(colour(notice)).toBe('grey')
    expect(said(notice)).toContain('orders.events 3: offset 48113')
    expect(said(notice)).not.toMatch(/What to do|offset-watchdog ack|times left/)
  })
})

describe('the message of a name family, once the incident of its first group is closed,', () => {
  const alike = (group: string, why: Resolution | null) =>
    incident({ group, closed: why ? { at: now, why } : null })

  test.each([
    {
      name: 'states the one group that is at risk',
      groups: [alike('it-12cd56ef', 'lost'), alike('it-90ef34ab', null)],
      headline: 'it-90ef34ab on prod, which has stopped, may lose offsets soon.',
      colour: 'amber',
    },
    {
      name: 'counts the groups that are at risk',
      groups: [alike('it-12cd56ef', null), alike('it-90ef34ab', null)],
      headline: '2 stopped groups it-… on prod, such as it-12cd56ef, may lose offsets soon.',
      colour: 'amber',
    },
    {
      name: 'reads as closed if all other incidents are closed, too',
      groups: [alike('it-12cd56ef', 'lost'), alike('it-90ef34ab', 'guarded-again')],
      headline: 'Closed: it-77ab12cd on prod has lost its offsets; lookup still shows them.',
      colour: 'grey',
    },
  ])('$name', ({ groups, ...shown }) => {
    const closed = alike('it-77ab12cd', 'lost')
    const notice = expiring([], { cause: 'stopped', resolved: 'lost', incident: closed, alike: groups })
    expect(headline(notice).replace(/^\S+ /, '')).toBe(shown.headline)
    expect(colour(notice)).toBe(shown.colour)
    expect(said(notice)).toContain('Closed: it-77ab12cd on prod has lost its offsets')
  })
})

describe('groups of unknown age', () => {
  const notice = (groups: number, examples: string[], isRetentionAssumed = false): Notice => ({
    type: 'unknown-age',
    cluster: 'prod',
    takenAt,
    groups,
    examples,
    knownFrom: now + 7 * DAY,
    isRetentionAssumed,
  })

  test('share one message for each cluster', () => {
    const text = said(notice(12, ['a_b', '<!channel>']))

    expect(text).toMatch(/^⚪ 12 groups on prod are of unknown age, until 1 Dec 16:00 at the latest\.\n/)
    expect(text).toContain('Groups: a_b, <!channel> and 10 others')
  })

  test('have a message without a latest time, but with a remedy, if the retention is only assumed', () => {
    const text = said(notice(12, ['a'], true))
    expect(text).toMatch(/^⚪ 12 groups on prod are of unknown age\.\n/)
    expect(text).toContain(
      'What to do: Grant the watchdog DESCRIBE_CONFIGS on the cluster, or set retention.',
    )
  })

  test('have a message that says when none is left', () => {
    expect(headline(notice(0, []))).toBe('⚪ The watchdog now knows the age of every group on prod.')
  })
})

describe('the link in a message', () => {
  const page = 'https://offsets.example.com/'
  const footerOf = (notice: Notice, options = {}) =>
    JSON.stringify(render(notice, { mention: undefined, ...options }))

  test.each<[string, Notice, string]>([
    [
      'of the group',
      expiring([commit()]),
      '<https://offsets.example.com/group?cluster=prod&amp;name=payments-v1|Open the page>',
    ],
    [
      'of a group with a very long name, by its hash',
      expiring([commit()], { incident: incident({ group: 'x'.repeat(32_000) }) }),
      `<https://offsets.example.com/group?cluster=prod&amp;hash=${hashOf('x'.repeat(32_000))}|Open the page>`,
    ],
    [
      'of all groups, if the message is about several',
      { type: 'unknown-age', cluster: 'prod', takenAt, groups: 2, examples: [], knownFrom: now },
      '<https://offsets.example.com/|Open the page>',
    ],
  ])('leads to the page %s', (_, notice, expected) => {
    expect(footerOf(notice, { page })).toContain(` · ${expected}"`)
    expect(footerOf(notice)).not.toContain('Open>')
  })
})
