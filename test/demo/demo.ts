import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Failure } from '../../functions/core/model/failure.ts'
import { startSlack } from '../slack/server.ts'
import { Screen } from './screen.ts'
import { type Audience, tell } from './story.ts'

/** `npm run demo` shows the story on a terminal, with Slack's messages as they arrive. */

const cli = fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url))
const screen = new Screen()
const stop = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'offset-watchdog-demo-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

// The terminal sends Ctrl-C to this process and to npm, and npm passes it on: each signal may arrive twice.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort())

// `npm run demo | head` closes the pipe.
process.stdout.on('error', () => stop.abort())

const audience: Audience = {
  chapter: title => screen.chapter(title),
  say: text => screen.say(text),
  waiting: text => screen.progress(text),
  lookUp: settings => show(settings, ['lookup', 'billing'], ['lookup', 'billing', '--csv'], ['status']),
  restore: settings => show(settings, ['restore', 'billing'], ['restore', 'billing', '--execute', '--yes']),
}

/** Runs commands one after the other, and shows each line as soon as it is printed. */
async function show(settings: NodeJS.ProcessEnv, ...commands: string[][]): Promise<void> {
  for (const args of commands) {
    screen.indented(`\n$ offset-watchdog ${args.join(' ')}`)
    const options = { env: { PATH: process.env.PATH, ...settings }, signal: stop.signal }
    const run = promisify(execFile)(process.execPath, [cli, ...args], options)
    for (const input of [run.child.stderr, run.child.stdout])
      if (input) createInterface({ input }).on('line', line => screen.line(line))
    await run
  }
}

const closing = `
That is all: the watchdog warned in time, remembered the offsets that Kafka deleted, and restored them.
Next: README.md, "Your own cluster in five minutes". This command starts it, and writes nothing to Kafka:
   KAFKA_BROKERS=host:9092 npm run -s cli -- snapshot`

const { SLACK_BOT_TOKEN, SLACK_CHANNEL, SLACK_MENTION, SLACK_API_URL } = process.env
const slack =
  SLACK_BOT_TOKEN && SLACK_CHANNEL
    ? undefined
    : await startSlack({ onMessage: message => screen.message(message) })
const channel = slack
  ? {
      SLACK_BOT_TOKEN: slack.token,
      SLACK_API_URL: slack.url,
      SLACK_CHANNEL: '#kafka',
      SLACK_MENTION: '<!here>',
    }
  : { SLACK_BOT_TOKEN, SLACK_CHANNEL, SLACK_MENTION, SLACK_API_URL }

screen.print(
  slack
    ? 'A server on this machine plays the part of Slack. Its messages appear here, with times to the second.'
    : `The messages appear in your Slack, in ${SLACK_CHANNEL}.`,
)
try {
  await tell(audience, { folder, slack: channel, signal: stop.signal })
  screen.print(closing)
} catch (error) {
  if (stop.signal.aborted) {
    screen.print('Stopped. Kafka, its clients and their data are removed.')
    process.exit(130)
  }
  if (!(error instanceof Failure)) throw error
  screen.print(error.message)
  process.exitCode = error.exitCode
}
await slack?.stop()
