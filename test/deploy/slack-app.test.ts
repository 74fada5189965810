import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const functionUrl = parse(read('infra/slack-app.yaml'))
const socketMode = parse(read('infra/slack-app-socket-mode.yaml'))

test('the two manifests of the Slack app differ only in how Slack reaches the app', () => {
  const [{ url, ...command }] = functionUrl.features.slash_commands
  const { request_url, ...interactivity } = functionUrl.settings.interactivity
  expect(request_url).toBe(url)
  expect(socketMode).toEqual({
    ...functionUrl,
    features: { ...functionUrl.features, slash_commands: [command] },
    settings: { ...functionUrl.settings, interactivity, socket_mode_enabled: true },
  })
})

test('docs/slack.md explains each scope', () => {
  const rows = read('docs/slack.md').matchAll(/^\| (`[a-z:]+`(?:, `[a-z:]+`)*)/gm)
  const documented = [...rows]
    .flatMap(([, cell = '']) => [...cell.matchAll(/[a-z:]+/g)])
    .map(([scope]) => scope)
  expect(documented).toEqual(expect.arrayContaining(functionUrl.oauth_config.scopes.bot))
  expect(documented).toContain('connections:write')
})
