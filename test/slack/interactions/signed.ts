import { createHmac } from 'node:crypto'

/** A form as Slack signs it now. */
export function signedForm(secret: string, form: Record<string, string>) {
  const body = new URLSearchParams(form).toString()
  const time = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
  return { body, headers: { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${signature}` } }
}

/** What Slack sends when somebody presses a button of a message. */
export const clickForm = (value: string, responseUrl: string) => ({
  payload: JSON.stringify({
    type: 'block_actions',
    team: { id: 'T0123' },
    user: { id: 'U1', username: 'kari', team_id: 'T0123' },
    container: { type: 'message_attachment', message_ts: '1.2', channel_id: 'C1' },
    response_url: responseUrl,
    actions: [{ type: 'button', value }],
  }),
})
