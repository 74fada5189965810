import { expect, test } from '@jest/globals'
import type { LastMember } from '../../../functions/core/model/commit.ts'
import { describeOwner } from '../../../functions/slack/messages/owner.ts'
import { said } from './said.ts'
import { commit, DAY, expiring, loss, lost, now } from './samples.ts'
import { digest, entry, summary } from './samples-of-many.ts'

const billing: LastMember = { clientId: 'billing-3', host: '10.1.2.3', seenAt: now - 4 * DAY }
const hint = 'last member: client `billing-3` on `10.1.2.3`, 4 days ago'

test.each([
  ['the owner', { owner: 'team-payments', lastMember: billing }, 'owner `team-payments`'],
  ['the last member if there is no owner', { owner: null, lastMember: billing }, hint],
  [
    'a current member',
    { owner: null, lastMember: { ...billing, seenAt: now } },
    hint.replace('4 days ago', 'just now'),
  ],
  ['nothing if neither is known', { owner: null, lastMember: null }, ''],
  [
    'a name that would mention a channel',
    { owner: '<!channel>', lastMember: null },
    'owner `&lt;!channel&gt;`',
  ],
])('%s', (_, ownership, expected) => {
  expect(describeOwner(ownership, now)).toBe(expected)
})

test.each([
  ['about a deadline', expiring([commit()], { owner: 'team-payments' }), '▌ Owner: team-payments'],
  [
    'about a deadline without an owner',
    expiring([commit()], { lastMember: billing }),
    '▌ Owner: not known; last member: client billing-3 on 10.1.2.3, 4 days ago',
  ],
  ['about a loss', loss([lost({ kind: 'gone' })], { owner: 'team-payments' }), '▌ Owner: team-payments'],
  [
    'of a digest',
    digest({ entries: [{ ...entry('stopped', 'nightly-report'), lastMember: billing }] }),
    ' · last member: client billing-3 on 10.1.2.3, 4 days ago',
  ],
  [
    'of a summary',
    summary({ worst: [expiring([commit()], { owner: 'team-payments' })] }),
    ' · owner team-payments',
  ],
])('the message %s shows the owner', (_, notice, expected) => {
  expect(said(notice)).toContain(expected)
})
