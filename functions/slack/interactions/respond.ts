import { Failure } from '../../core/model/failure.ts'
import type { EphemeralAnswer } from './offsets-answer.ts'
import { isOfSlack } from './workspace.ts'

/**
 * Answers a slash command or a click at the address from Slack, which accepts five answers within half an hour.
 * https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
 * @param apiUrl SLACK_API_URL; its host is allowed, too
 * @throws Failure if the address is not one of Slack's, or if Slack refuses the answer
 */
export async function respond(responseUrl: string, answer: EphemeralAnswer, apiUrl?: string): Promise<void> {
  if (!isOfSlack(responseUrl, apiUrl))
    throw new Failure('cannot answer in Slack: the address for the answer does not belong to Slack.')
  const response = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    // Otherwise the answer to a click would replace the message.
    body: JSON.stringify({ ...answer, replace_original: false }),
    signal: AbortSignal.timeout(5000),
    redirect: 'error',
  }).catch((cause: unknown) =>
    Promise.reject(
      new Failure('cannot answer in Slack: the address for the answer is out of reach.', { cause }),
    ),
  )
  if (!response.ok) throw new Failure(`cannot answer in Slack: Slack answered with HTTP ${response.status}.`)
}
