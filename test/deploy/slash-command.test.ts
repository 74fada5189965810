import { expect, test } from '@jest/globals'
import { readSettings } from '../../functions/config/settings.ts'
import { slashCommand } from '../../infra/slash-command.ts'

const settingsWith = (slack: object) =>
  readSettings({ WATCHDOG_CONFIG: 'watchdog.yaml' }, () =>
    JSON.stringify({
      slack: { botToken: 'b', signingSecret: 's', teamId: 'T0123', ...slack },
      clusters: [{ name: 'prod' }],
    }),
  )

/** The folders of the bucket that the function may use with this action. */
function mayOn(action: string, slack: object): string[] {
  const { resources } = slashCommand(settingsWith(slack), 'prod', {})
  const { SlackRole } = JSON.parse(JSON.stringify(resources)).Resources
  const statements: { Action: string; Resource: unknown }[] =
    SlackRole.Properties.Policies[0].PolicyDocument.Statement
  return statements
    .filter(({ Action }) => Action === action)
    .flatMap(({ Resource }) => [...JSON.stringify(Resource).matchAll(/\/(\w+)\/\*/g)])
    .map(([, folder = '']) => folder)
}

test('without buttons the slack function reads snapshots, and writes nothing', () => {
  expect(mayOn('s3:GetObject', {})).toEqual(['snapshots', 'manifests'])
  expect(mayOn('s3:PutObject', {})).toEqual([])
})

test('with buttons it also reads and writes the alert state and the ignore rules, and records actions', () => {
  expect(mayOn('s3:GetObject', { buttons: true })).toEqual(['snapshots', 'manifests', 'alerts', 'ignores'])
  expect(mayOn('s3:PutObject', { buttons: true })).toEqual(['alerts', 'ignores', 'actions'])
})
