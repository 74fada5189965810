/** The workspace whose people are answered. */
export interface Workspace {
  teamId: string
  /** SLACK_API_URL, whose host may be answered, too. */
  apiUrl?: string | undefined
}

/**
 * An HTTP status. 400: malformed, or about nothing of ours; 401: not signed by Slack; 403: of another workspace, such as
 * that of a guest by Slack Connect; 413: too large.
 */
export type Refusal = 400 | 401 | 403 | 413

/** Whether an address is https on a host of Slack's, or on the host of SLACK_API_URL where that is set. */
export function isOfSlack(address: string, apiUrl: string | undefined): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  if (apiUrl !== undefined && url.origin !== 'null' && url.hostname === new URL(apiUrl).hostname) return true
  return url.protocol === 'https:' && url.port === '' && /(^|\.)slack(-gov)?\.com$/.test(url.hostname)
}
