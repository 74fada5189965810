import type { InferOutput } from 'valibot'
import type { WebhookSettings } from '../core/model/settings.ts'
import type { webhookSection } from './schema.ts'
import { type ReadFile, readText, usage } from './yaml-file.ts'

type WebhookSection = InferOutput<typeof webhookSection>

/** A webhook with its files read. Contradicting settings are refused. */
export function webhookSettings(
  configured: WebhookSection,
  nameOf: (key: keyof WebhookSection) => string,
  readFile: ReadFile,
): WebhookSettings {
  const { name, format, url } = configured
  const secret = textOf('secret')
  if (format === 'cloudevents' && secret === undefined)
    throw usage(
      `${nameOf('secret')} is not set, but events are signed with it: set it, or ${nameOf('secretPath')}`,
    )
  if (format === 'alertmanager' && secret !== undefined)
    throw usage(`${nameOf('secret')} is set, but Alertmanager takes no signature: leave it out`)
  return { name, format, url, secret, authorization: textOf('authorization') }

  function textOf(key: 'secret' | 'authorization'): string | undefined {
    const [pathKey, text] = [`${key}Path` as const, configured[key]]
    const path = configured[pathKey]
    if (text !== undefined && path !== undefined)
      throw usage(`${nameOf(key)} is set, and so is ${nameOf(pathKey)}: leave one out`)
    const value = path === undefined ? text : readText(nameOf(pathKey), path, readFile).trim()
    if (value === undefined || /^[\x20-\x7e]+$/.test(value)) return value
    throw usage(`${nameOf(path === undefined ? key : pathKey)} cannot be used: write one line of ASCII`)
  }
}
