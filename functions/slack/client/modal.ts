import type { ModalView } from '@slack/types'
import { LogLevel, WebClient } from '@slack/web-api'
import { Failure } from '../../core/model/failure.ts'
import type { SlackSettings } from '../../core/model/settings.ts'
import { isMissingScope, slackFailure } from './errors.ts'

/**
 * Calls that must finish within Slack's three seconds, so no call is repeated. Each throws a Failure.
 * @param timeout ms for one call
 */
export function modalClient(
  { token, apiUrl }: Pick<SlackSettings, 'token' | 'apiUrl'>,
  { timeout = 1500 } = {},
) {
  const client = new WebClient(token, {
    ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  })
  return {
    async open(triggerId: string, view: ModalView): Promise<void> {
      await client.views.open({ trigger_id: triggerId, view }).catch(cause => {
        if (/trigger/.test(String(cause)))
          throw new Failure(
            'Slack waits three seconds for the form, and the watchdog was slower. Try again.',
            {
              cause,
            },
          )
        throw slackFailure('open the form in Slack', cause)
      })
    },

    /** The ids of the users of a user group. Scope: usergroups:read. */
    async membersOf(usergroup: string): Promise<readonly string[]> {
      const { users = [] } = await client.usergroups.users.list({ usergroup }).catch(cause => {
        if (isMissingScope(cause))
          throw new Failure(
            'The app cannot read the members of the Slack user group. Give it the scope usergroups:read, and install it again.',
            { cause },
          )
        throw slackFailure(`read the members of the Slack user group ${usergroup}`, cause)
      })
      return users
    },
  }
}
