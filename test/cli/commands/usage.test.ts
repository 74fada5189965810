import { describe, expect, test } from '@jest/globals'
import { run } from '../run.ts'

const settings = { KAFKA_BROKERS: '127.0.0.1:1', WATCHDOG_STORE: '/nonexistent/store' }
const commands = 'snapshot watch run status lookup doctor routes ack mute ignore unignore audit prune'.split(
  ' ',
)

test.each(commands)('%s --help prints an example', async command => {
  const { code, stdout } = await run([command, '--help'])
  expect(code).toBe(0)
  expect(stdout).toContain(`Usage: offset-watchdog ${command}`)
  expect(stdout).toMatch(/\$ .*offset-watchdog/)
  expect(stdout).toContain('--json')
})

test('--help names every command', async () => {
  const { stdout } = await run(['--help'])
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
})

describe('one sentence and exit code 2 for', () => {
  test.each<[string, string[], NodeJS.ProcessEnv, string]>([
    ['an unknown command', ['statu'], settings, "unknown command 'statu' (Did you mean status?)"],
    ['an unknown option', ['status', '--colour'], settings, "unknown option '--colour'"],
    [
      'a missing group',
      ['lookup'],
      settings,
      "missing required argument 'group': `offset-watchdog lookup --help` shows an example.",
    ],
    [
      'an unknown level',
      ['status', '--level', 'third'],
      settings,
      "option '--level <level>' argument 'third' is invalid. Allowed choices are first, second, last.",
    ],
    [
      'an age without a unit',
      ['status', '--max-age', '15'],
      settings,
      "option '--max-age <duration>' argument '15' is invalid. Write a duration such as 15m or 1h, up to 24d.",
    ],
    [
      'a time without a zone',
      ['lookup', 'g', '--at', '2026-11-22T14:00'],
      settings,
      "option '--at <time>' argument '2026-11-22T14:00' is invalid. The time has no zone: add Z for UTC, or an offset such as +01:00.",
    ],
    [
      'a time in the future',
      ['lookup', 'g', '--at', '2100-01-01T00:00Z'],
      settings,
      "option '--at <time>' argument '2100-01-01T00:00Z' is invalid. The time is in the future: write an earlier one.",
    ],
    [
      'a bucket with a missing slash',
      ['status'],
      { ...settings, WATCHDOG_STORE: 's3:/bucket' },
      'WATCHDOG_STORE is "s3:/bucket": write a bucket as s3://bucket/prefix or gs://bucket/prefix, or a folder, without quotes and blanks around it.',
    ],
    [
      'a missing file of a team',
      ['routes', 'teams/missing.yaml'],
      {},
      'the file is "teams/missing.yaml", which does not exist: give the path of a readable file.',
    ],
    [
      'a silence that ended before it began',
      ['mute', '--group', 'a', '--reason', 'b', '--until', '2020-01-01T00:00Z'],
      settings,
      "option '--until <time>' argument '2020-01-01T00:00Z' is invalid. The time is in the past: write a later one.",
    ],
    [
      'a silence without an end',
      ['mute', '--group', 'a', '--reason', 'b'],
      settings,
      "required option '--until <time>' not specified: `offset-watchdog mute --help` shows an example.",
    ],
    [
      'an audit without a start',
      ['audit'],
      settings,
      "required option '--since <time>' not specified: `offset-watchdog audit --help` shows an example.",
    ],
    [
      'a schedule without brokers',
      ['run'],
      { ...settings, SLACK_BOT_TOKEN: 'xoxb-1', KAFKA_BROKERS: undefined },
      'KAFKA_BROKERS is not set: write host:port; separate several with commas.',
    ],
    [
      '--json and --export',
      ['ignore', '--json', '--export'],
      settings,
      "option '--export' cannot be used with option '--json'",
    ],
    [
      '--json and --csv',
      ['lookup', 'g', '--csv', '--json'],
      settings,
      "option '--csv' cannot be used with option '--json'",
    ],
    [
      'an unknown cluster',
      ['status', '--cluster', 'x'],
      settings,
      'cluster "x" is neither configured nor in the store /nonexistent/store: check WATCHDOG_STORE.',
    ],
    [
      'a missing setting',
      ['snapshot'],
      {},
      'KAFKA_BROKERS is not set: write host:port; separate several with commas.',
    ],
    [
      'a wrong setting',
      ['snapshot'],
      { ...settings, WATCHDOG_INTERVAL: '15 parsecs' },
      'WATCHDOG_INTERVAL is "15 parsecs": write a duration such as 15m or 1h, from 1s to 24d.',
    ],
    [
      'a mistyped setting',
      ['watch'],
      { ...settings, WATCHDOG_STOR: 'x' },
      'WATCHDOG_STOR is not a setting: did you mean WATCHDOG_STORE?',
    ],
    [
      'a settings file that is missing',
      ['doctor'],
      { WATCHDOG_CONFIG: '/none.yaml' },
      'WATCHDOG_CONFIG is "/none.yaml", which does not exist: give the path of a readable file.',
    ],
    [
      'run without Slack or webhooks',
      ['run'],
      settings,
      'alerts have nowhere to go: set SLACK_BOT_TOKEN and SLACK_CHANNEL, or webhooks, or run `status` as a check, which needs neither.',
    ],
  ])('%s', async (_, args, env, message) => {
    expect(await run(args, env)).toEqual({ code: 2, stdout: '', stderr: `${message}\n` })
  })
})

/** Commands that would find nothing, or write where no watch reads. */
const inEmptyStore = [
  ['ack', 'g'],
  ['audit', '--since', '2026-11-22T00:00Z'],
  ['ignore'],
  ['unignore', 'g'],
  ['mute', '--group', 'g', '--reason', 'r', '--until', new Date(Date.now() + 3_600_000).toISOString()],
  ['prune'],
]

describe('one sentence and exit code 3 for', () => {
  test.each<[string, string[], RegExp]>([
    [
      'a wrong address',
      ['snapshot'],
      /^cannot connect to Kafka: .*127\.0\.0\.1:1 refuses the connection\. .*KAFKA_BROKERS\.\n$/,
    ],
    [
      'an empty store',
      ['status'],
      /^cluster "kafka" has no snapshot yet: take one with `snapshot`, or check WATCHDOG_STORE\.\n$/,
    ],
    ['a lookup in an empty store', ['lookup', 'g'], /^cluster "kafka" has no snapshot yet/],
    ...inEmptyStore.map((args): [string, string[], RegExp] => [
      `${args[0]} in an empty store`,
      args,
      /^the store \/nonexistent\/store has no snapshot of cluster "kafka": correct WATCHDOG_STORE or the name of the cluster, or take a snapshot first\.\n$/,
    ]),
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await run(args, settings)
    expect(stderr).toMatch(message)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
  })
})
