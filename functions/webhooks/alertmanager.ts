import type { WebhookSettings } from '../core/model/settings.ts'
import type { AlertReceiver } from '../jobs/ports.ts'
import { ask, post } from './post.ts'

/** Alertmanager's API v2. https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml */
export const alertmanager = (webhook: WebhookSettings): AlertReceiver => ({
  send: alerts =>
    post(webhook, apiUrl(webhook.url, 'alerts'), JSON.stringify(alerts), {
      'content-type': 'application/json',
    }),
})

export const askAlertmanager = (webhook: WebhookSettings): Promise<void> =>
  ask(webhook, apiUrl(webhook.url, 'status'), 'GET')

/** @param url Alertmanager's address as its users know it, including a path prefix */
function apiUrl(url: string, path: string): string {
  const base = new URL(url)
  base.pathname = `${base.pathname.replace(/\/+$/, '')}/api/v2/${path}`
  return base.href
}
