import { describe, expect, test } from '@jest/globals'
import { clickRequestOf } from '../../../functions/slack/interactions/click-request.ts'
import { verifiedPayload } from '../../../functions/slack/interactions/signed-request.ts'
import { signedForm } from './signed.ts'

const known = { teamId: 'T0123', apiUrl: undefined }
const value = 'acknowledge 7c1f09ab52e4 prod'

/** The payload that Slack sends for a button in an attachment. */
const payload = (changes: object = {}) => ({
  type: 'block_actions',
  team: { id: 'T0123', domain: 'example' },
  user: { id: 'U1', username: 'kari', name: 'kari', team_id: 'T0123' },
  container: { type: 'message_attachment', message_ts: '1.2', attachment_id: 1, channel_id: 'C1' },
  trigger_id: '1.2.abc',
  response_url: 'https://hooks.slack.com/actions/T0123/1/abc',
  actions: [{ type: 'button', action_id: 'acknowledge', block_id: 'b', value, action_ts: '1.3' }],
  ...changes,
})
const kari = { id: 'U1', name: 'kari', team: 'T0123' }

describe('a click', () => {
  test.each<[what: string, sent: object, asked: object]>([
    ['on a button', payload(), { click: 'acknowledge', incident: '7c1f09ab52e4', cluster: 'prod', by: kari }],
    [
      'in a menu',
      payload({ actions: [{ type: 'overflow', selected_option: { value: 'undo 7c1f09ab52e4 prod' } }] }),
      { click: 'undo', by: kari },
    ],
    [
      'by a user without a name',
      payload({ user: { id: 'U1', team_id: 'T0123' } }),
      { by: { id: 'U1', name: 'U1', team: 'T0123' } },
    ],
    [
      'by a user with a long name',
      payload({ user: { id: 'U1', name: '<!here>'.repeat(1000), team_id: 'T0123' } }),
      { by: { name: '<!here>'.repeat(1000).slice(0, 100) } },
    ],
  ])('%s is accepted', (_, sent, asked) => {
    expect(clickRequestOf(sent, known)).toMatchObject(asked)
  })

  test.each<[what: string, sent: object, status: number]>([
    ['of another workspace', payload({ team: { id: 'T0666' } }), 403],
    ['by a guest from Slack Connect', payload({ user: { id: 'U1', team_id: 'T0666' } }), 403],
    ['with a response URL of another host', payload({ response_url: 'https://example.com/' }), 403],
    ['on a button of another app', payload({ actions: [{ value: 'delete everything' }] }), 400],
    ['without an action', payload({ actions: [] }), 400],
    ['with a cluster that is a path', payload({ actions: [{ value: 'undo 7c1f09ab52e4 ../prod' }] }), 400],
    ['of another kind', payload({ type: 'view_submission' }), 400],
    ['without a user', payload({ user: undefined }), 400],
    ['that is empty', {}, 400],
  ])('%s is refused', (_, sent, status) => {
    expect(clickRequestOf(sent, known)).toBe(status)
  })

  test.each<[what: string, json: string]>([
    ['that is not JSON', '{"type":'],
    ['that is null', 'null'],
    ['that is a number', '7'],
    ['that is empty', ''],
  ])('%s is refused', (_, json) => {
    const request = { ...signedForm('s', { payload: json }), isBase64Encoded: false }
    expect(verifiedPayload(request, { signingSecret: 's', now: Date.now() })).toBe(400)
  })

  test('of a size that Slack never sends is refused before its signature is computed', () => {
    const now = Date.UTC(2026, 10, 24)
    const headers = {
      'x-slack-request-timestamp': String(now / 1000),
      'x-slack-signature': `v0=${'0'.repeat(64)}`,
    }
    const request = { headers, body: 'x'.repeat(200_001), isBase64Encoded: false }
    expect(verifiedPayload(request, { signingSecret: 's', now })).toBe(413)
  })
})
