/** The workspace whose members get answers. */
export interface Workspace {
  teamId: string
  /** SLACK_API_URL; its host is allowed, too. */
  apiUrl?: string | undefined
}

/**
 * An HTTP status. 400: malformed, or not about this app; 401: not signed by Slack; 403: from another workspace, such as
 * a guest by Slack Connect; 413: too large.
 */
export type Refusal = 400 | 401 | 403 | 413

/** True if an address is https on a host of Slack, or on the host of SLACK_API_URL if that is set. */
export function isOfSlack(address: string, apiUrl: string | undefined): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  if (apiUrl !== undefined && url.origin !== 'null' && url.hostname === new URL(apiUrl).hostname) return true
  return url.protocol === 'https:' && url.port === '' && /(^|\.)slack(-gov)?\.com$/.test(url.hostname)
}
