import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { modalClient } from '../../../functions/slack/client/modal.ts'
import { ignoreModal } from '../../../functions/slack/interactions/ignore-modal.ts'
import { type FakeSlack, startSlack } from '../server.ts'

let slack: FakeSlack
beforeEach(async () => {
  slack = await startSlack()
})
afterEach(() => slack.stop())

const client = () => modalClient({ token: slack.token, apiUrl: slack.url }, { timeout: 60_000 })
const settings = { ignore: 'on', ignoreFor: 30 * 86_400_000, ignoreForAtMost: 90 * 86_400_000 } as const
const responseUrl = 'https://hooks.slack.com/actions/1'
const view = ignoreModal(
  { group: '<!here> *x*', cluster: 'prod', incident: '7c1f09ab52e4', responseUrl },
  settings,
  Date.UTC(2026, 10, 24),
)
const trigger = () => slack.interactivity.command('orders').trigger_id

test('a fresh trigger opens the form, and only once', async () => {
  const id = trigger()
  await client().open(id, view)
  expect(slack.interactivity.views).toHaveLength(1)
  expect(JSON.stringify(slack.interactivity.views)).toContain('"initial_date":"2026-12-24"')
  expect(JSON.stringify(slack.interactivity.views)).not.toContain('<!here>')
  await expect(client().open(id, view)).rejects.toThrow('Try again')
})

test('an expired trigger is reported in one sentence', async () => {
  const id = trigger()
  slack.interactivity.expireTriggers()
  await expect(client().open(id, view)).rejects.toThrow(
    'Slack waits three seconds for the form, and the watchdog was slower. Try again.',
  )
})

test('the members of a user group can be read with the scope for them', async () => {
  slack.interactivity.userGroups.set('S1', ['U1', 'U2'])
  await expect(client().membersOf('S1')).rejects.toThrow('Give it the scope usergroups:read')
  slack.scopes.push('usergroups:read')
  expect(await client().membersOf('S1')).toEqual(['U1', 'U2'])
  await expect(client().membersOf('S2')).rejects.toThrow('no_such_subteam')
})

test('an outage of Slack is reported in one sentence', async () => {
  slack.mishaps.push({ status: 503 }, { status: 503 })
  await expect(client().open(trigger(), view)).rejects.toThrow('cannot open the form in Slack')
  await expect(client().membersOf('S1')).rejects.toThrow('cannot read the members')
})
