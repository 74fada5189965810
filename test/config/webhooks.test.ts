import { describe, expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import { files, fromYaml, refusal } from './reading.ts'

const kafka = { KAFKA_BROKERS: 'kafka-1:9092' }
const url = 'https://hooks.example.com/kafka'

/** @param more lines of the first webhook */
const yaml = (...more: string[]) => `clusters: [{ name: prod }]
webhooks:
  - ${['name: pager', ...more].join('\n    ')}
`
const cloudevents = ['format: cloudevents', `url: ${url}`]

describe('a webhook', () => {
  test('takes its secret from the environment by a reference', () => {
    const text = yaml(...cloudevents, `secret: \${PAGER_SECRET}`)
    expect(fromYaml(text, { PAGER_SECRET: 's3cret' }).webhooks).toEqual([
      { name: 'pager', format: 'cloudevents', url, secret: 's3cret' },
    ])
  })

  test('takes its secret, and its authorization, from files', () => {
    const text = yaml(...cloudevents, 'secretPath: /run/secret', 'authorizationPath: /run/token')
    const read = files({ 'watchdog.yaml': text, '/run/secret': 's3cret\n', '/run/token': 'Bearer x\n' })
    expect(readSettings({ WATCHDOG_CONFIG: 'watchdog.yaml' }, read).webhooks).toEqual([
      { name: 'pager', format: 'cloudevents', url, secret: 's3cret', authorization: 'Bearer x' },
    ])
  })

  test('can be set in the environment alone', () => {
    const env = { ...kafka, WATCHDOG_WEBHOOK_FORMAT: 'alertmanager', WATCHDOG_WEBHOOK_URL: 'http://am:9093' }
    expect(readSettings(env, files({})).webhooks).toEqual([
      { name: 'webhook', format: 'alertmanager', url: 'http://am:9093' },
    ])
  })

  test('of the file replaces the one of the environment', () => {
    const env = { WATCHDOG_WEBHOOK_FORMAT: 'alertmanager', WATCHDOG_WEBHOOK_URL: 'http://am:9093' }
    const names = fromYaml(yaml(...cloudevents, 'secret: s'), env).webhooks.map(({ name }) => name)
    expect(names).toEqual(['pager'])
  })
})

describe('mistakes in a webhook, named without its secret', () => {
  const withUser = 'https://me:T0SECRET@hooks.example.com'
  test.each<[mistake: string, text: string, says: string]>([
    [
      'a mistyped setting',
      yaml(...cloudevents, 'secret: s', 'urll: x'),
      'webhooks[0].urll in watchdog.yaml is not a setting: did you mean url?',
    ],
    ['no format', yaml(`url: ${url}`), 'webhooks[0].format in watchdog.yaml is missing.'],
    [
      'an unknown format',
      yaml('format: teams', `url: ${url}`),
      'webhooks[0].format in watchdog.yaml is "teams": choose cloudevents or alertmanager.',
    ],
    ['no url', yaml('format: alertmanager'), 'webhooks[0].url in watchdog.yaml is missing.'],
    [
      'a url with a user',
      yaml('format: alertmanager', `url: ${withUser}`),
      'webhooks[0].url in watchdog.yaml cannot be used: write an http or https URL without a user; a password belongs in authorization.',
    ],
    [
      'events without a secret',
      yaml(...cloudevents),
      'webhooks[0].secret in watchdog.yaml is not set, but events are signed with it: set it, or webhooks[0].secretPath in watchdog.yaml.',
    ],
    [
      'a secret for Alertmanager',
      yaml('format: alertmanager', `url: ${url}`, 'secret: T0SECRET'),
      'webhooks[0].secret in watchdog.yaml is set, but Alertmanager takes no signature: leave it out.',
    ],
    [
      'both a secret and a secretPath',
      yaml(...cloudevents, 'secret: T0SECRET', 'secretPath: /run/secret'),
      'webhooks[0].secret in watchdog.yaml is set, and so is webhooks[0].secretPath in watchdog.yaml: leave one out.',
    ],
    [
      'a missing file',
      yaml(...cloudevents, 'secretPath: /run/secret'),
      'webhooks[0].secretPath in watchdog.yaml is "/run/secret", which does not exist: give the path of a readable file.',
    ],
    [
      'a secret of two lines',
      yaml(...cloudevents, 'secret: "T0SECRET\\nT0SECRET"'),
      'webhooks[0].secret in watchdog.yaml cannot be used: write one line of ASCII.',
    ],
    [
      'the same name twice',
      `${yaml(...cloudevents, 'secret: s')}  - { name: pager, format: alertmanager, url: "${url}" }\n`,
      'webhooks in watchdog.yaml cannot be used: give each a different name.',
    ],
  ])('%s', (_, text, says) => {
    const message = refusal(() => fromYaml(text))
    expect(message).toBe(says)
    expect(message).not.toContain('T0SECRET')
  })

  test('a missing setting of the environment', () => {
    const env = { ...kafka, WATCHDOG_WEBHOOK_URL: url }
    expect(refusal(() => readSettings(env, files({})))).toBe(
      'WATCHDOG_WEBHOOK_FORMAT is not set: choose cloudevents or alertmanager.',
    )
  })
})
