import type { WebhookSettings } from '../core/model/settings.ts'
import type { WebhookProbe } from '../jobs/ports.ts'
import { askAlertmanager } from './alertmanager.ts'
import { ask } from './post.ts'

/** For doctor. Alertmanager has a status; other webhooks are asked with OPTIONS, which changes nothing. */
export const webhookProbe = (webhook: WebhookSettings): WebhookProbe => ({
  name: webhook.name,
  host: new URL(webhook.url).host,
  format: webhook.format,
  check: () =>
    webhook.format === 'alertmanager' ? askAlertmanager(webhook) : ask(webhook, webhook.url, 'OPTIONS'),
})
