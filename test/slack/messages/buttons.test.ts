import { expect, test } from '@jest/globals'
import type { Incident } from '../../../functions/core/alerts/alert-state.ts'
import type { Notice } from '../../../functions/core/alerts/notice.ts'
import { clickedOn } from '../../../functions/slack/messages/buttons.ts'
import { render } from '../../../functions/slack/messages/message.ts'
import { violations } from './limits.ts'
import { commit, expiring, incident, loss, lost, now } from './samples.ts'
import { both } from './samples-of-records.ts'

const buttonsIn = (notice: Notice, buttons = true, mayIgnore = false) => {
  const message = render(notice, { mention: undefined, buttons, mayIgnore })
  expect(violations(message)).toEqual([])
  return message.attachments[0].blocks.flatMap(block =>
    block.type === 'actions'
      ? block.elements.flatMap(element => {
          if (element.type === 'button') return [element.text.text]
          return element.type === 'overflow' ? element.options.map(({ text }) => `… ${text.text}`) : []
        })
      : [],
  )
}

const seen: Partial<Incident> = { acknowledgedAt: now, acknowledgedBy: 'kari' }
const aLoss = (changes: Partial<Incident>) => {
  const about = incident({ kind: 'loss', level: null, ...changes })
  return loss([lost({ kind: 'gone' })], { incident: about, resolved: about.closed?.why ?? null })
}

test.each<[of: string, notice: Notice, buttons: string[]]>([
  ['an open deadline', expiring([commit()]), ['Acknowledge', 'Show offsets']],
  [
    'an acknowledged deadline',
    expiring([commit()], { incident: incident(seen) }),
    ['Show offsets', '… Undo'],
  ],
  [
    'offsets and unread records',
    both(),
    ['Acknowledge unread records', 'Show offsets', 'Acknowledge offsets', 'Show offsets'],
  ],
  ['an open loss', aLoss({}), ['Acknowledge', 'Show offsets']],
  [
    'an acknowledged loss',
    aLoss({ ...seen, closed: { at: now, why: 'acknowledged' } }),
    ['Show offsets', '… Undo'],
  ],
  ['a recovered loss', aLoss({ closed: { at: now, why: 'recovered' } }), ['Show offsets']],
  [
    'a reply',
    { type: 'reply', reply: 'acknowledged', about: expiring([commit()], { incident: incident(seen) }) },
    [],
  ],
  [
    'groups of unknown age',
    { type: 'unknown-age', cluster: 'prod', takenAt: now, groups: 3, examples: ['a'], knownFrom: now },
    [],
  ],
])('the message of %s has the buttons %j', (_, notice, buttons) => {
  expect(buttonsIn(notice)).toEqual(buttons)
})

test('a message has no buttons if nothing answers clicks', () => {
  expect(buttonsIn(expiring([commit()]), false)).toEqual([])
})

test('a button carries the incident and its cluster, within the limit of a menu', () => {
  const cluster = 'c'.repeat(100)
  const message = render(expiring([commit()], { cluster, incident: incident(seen) }), {
    mention: undefined,
    buttons: true,
  })
  expect(violations(message)).toEqual([])
  expect(clickedOn(`undo ${incident().id} ${cluster}`)).toEqual({
    click: 'undo',
    incident: incident().id,
    cluster,
  })
})

test('the user who acknowledged is shown as text, whatever the name contains', () => {
  const by = '<!here> `x`'
  const message = render(expiring([commit()], { incident: incident({ ...seen, acknowledgedBy: by }) }), {
    mention: undefined,
  })
  expect(violations(message)).toEqual([])
  expect(JSON.stringify(message)).toContain('by `')
  expect(JSON.stringify(message)).not.toContain('<!here>')
})

test('a deadline has Ignore… if that is switched on, and an ignored one has Stop ignoring', () => {
  const rule = { rule: 'a', name: 'kari', pattern: 'app', until: now + 1, reason: 'a test' }
  const closed = { at: now, why: 'ignored' } as const
  const ignored = incident({ closed, ignoredBy: rule })
  expect(buttonsIn(expiring([commit()]), true, true)).toEqual(['Acknowledge', 'Show offsets', '… Ignore…'])
  expect(buttonsIn(aLoss({}), true, true)).toEqual(['Acknowledge', 'Show offsets'])
  expect(buttonsIn(expiring([commit()], { incident: ignored, resolved: 'ignored' }), true, true)).toEqual([
    'Show offsets',
    '… Stop ignoring',
  ])
})
