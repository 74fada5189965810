import { type Logger, LogLevel, WebClient } from '@slack/web-api'
import { ConnectionError } from './errors.ts'

/**
 * Slack's Web API. No call is repeated: a call that timed out may have succeeded.
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
    // WebClient keeps only the text of an error from another realm.
    fetch: (url, init) => fetch(url, init).catch(cause => Promise.reject(new ConnectionError(cause))),
  })

/** WebClient logs to the console. Failures here are thrown, so the log is off. */
const silent: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
}
