import { WebAPIPlatformError } from '@slack/web-api'
import { Failure } from '../../core/model/failure.ts'
import { slackFailure } from './errors.ts'
import { webClient } from './web-client.ts'

/**
 * Asks for the address of a Socket Mode connection. Scope of the app-level token: connections:write.
 * https://docs.slack.dev/reference/methods/apps.connections.open
 * @returns an address that works once, within half a minute
 * @throws Failure
 */
export async function openConnection(appToken: string, apiUrl: string | undefined): Promise<string> {
  const doing = 'connect to Slack by Socket Mode'
  try {
    const { url } = await webClient(appToken, { apiUrl }).apps.connections.open()
    if (url !== undefined) return url
  } catch (error) {
    const remedy = error instanceof WebAPIPlatformError ? remedies[error.data.error] : undefined
    if (remedy === undefined) throw slackFailure(doing, error)
    throw new Failure(`cannot ${doing}: ${remedy}`, { cause: error })
  }
  throw new Failure(`cannot ${doing}: the answer does not come from Slack. Check SLACK_API_URL.`)
}

const another = 'Generate one under "Basic Information" of the app, and set SLACK_APP_TOKEN to it.'

const remedies: Record<string, string> = {
  not_allowed_token_type: `the token is not an app-level one. ${another}`,
  not_authed: `Slack does not accept the app-level token. ${another}`,
  invalid_auth: `Slack does not accept the app-level token. ${another}`,
  account_inactive: `the app is no longer installed, or its app-level token was revoked. ${another}`,
  token_revoked: `the app-level token was revoked. ${another}`,
  missing_scope: `the app-level token lacks the scope connections:write. ${another}`,
  forbidden_team: 'the workspace does not allow Socket Mode. Ask its owners, or use a function URL.',
}
