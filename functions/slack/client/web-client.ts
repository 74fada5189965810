import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import { ConnectionError } from './errors.ts'

/**
 * Slack's Web API. Nothing is tried twice: a call that timed out may have done its work.
 * @param timeout ms for one call
 */
export const webClient = (
  token: string,
  { apiUrl, timeout = 5000 }: { apiUrl: string | undefined; timeout?: number },
): WebClient =>
  new WebClient(token, {
    ...(apiUrl ? { slackApiUrl: apiUrl } : {}),
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silent,
    // WebClient keeps of an error that is not an Error of its own realm only the text.
    fetch: (url, init) => fetch(url, init).catch(cause => Promise.reject(new ConnectionError(cause))),
  })

/** WebClient logs to the console; what fails here is thrown. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
