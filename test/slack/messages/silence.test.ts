import { expect, test } from '@jest/globals'
import type { SilenceNotice } from '../../../functions/core/alerts/notice.ts'
import { silenceOf } from '../../../functions/core/alerts/silence.ts'
import { said } from './said.ts'
import { now } from './samples.ts'

test.each<[events: Partial<Pick<SilenceNotice, 'open' | 'over' | 'lost' | 'moved'>>, headline: string]>([
  [{}, 'nothing happened'],
  [{ open: ['a', 'b'] }, '2 groups came near a deadline and are still near it'],
  [{ over: ['a'] }, '1 group came near a deadline and no longer is near it'],
  [
    { lost: ['a'], moved: ['b'] },
    '1 group lost offsets or records, 1 group had offsets that moved back or were deleted with a topic',
  ],
])('the end of a silence counts the groups: %j', (events, headline) => {
  const rule = { pattern: 'a*', from: now, until: now + 1000, reason: 'upgrade' }
  const silence = silenceOf('prod', rule, null)
  const none = { mention: false, open: [], over: [], lost: [], moved: [] }
  const text = said({ type: 'silence', cluster: 'prod', takenAt: now, silence, ...none, ...events })
  expect(text).toContain(`The silence for a* on prod has ended: ${headline}.`)
  for (const groups of Object.values(events)) for (const group of groups) expect(text).toContain(`• ${group}`)
})
