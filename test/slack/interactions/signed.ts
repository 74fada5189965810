import { createHmac } from 'node:crypto'

/** A form with Slack's signature of the current time. */
export function signedForm(secret: string, form: Record<string, string>) {
  const body = new URLSearchParams(form).toString()
  const time = String(Math.floor(Date.now() / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
  return { body, headers: { 'x-slack-request-timestamp': time, 'x-slack-signature': `v0=${signature}` } }
}

/** A click with Slack's signature of the current time. */
export const signedClick = (secret: string, payload: object) =>
  signedForm(secret, { payload: JSON.stringify(payload) })
