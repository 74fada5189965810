import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Settings } from '../../functions/core/settings.ts'
import { startSlack } from '../slack/server.ts'
import { renderAsText } from '../slack/terminal.ts'
import { type Audience, tell } from './story.ts'

/** `npm run demo`: the story on a terminal, with Slack's messages as they arrive. */

const isTerminal = process.stdout.isTTY === true
const style = { ansi: isTerminal, width: Math.min(process.stdout.columns ?? 100, 110) }
const bold = (text: string) => (isTerminal ? `\x1b[1m${text}\x1b[0m` : text)
const print = (text: string) => process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}${text}\n`)

let chapters = 0
const audience: Audience = {
  chapter: title => print(`\n${bold(`${++chapters}. ${title}`)}`),
  say: text => print(`   ${text}`),
  waiting: text => isTerminal && process.stdout.write(`\r\x1b[K   ${text}`),
  async lookUp(settings, group) {
    audience.chapter('What anybody can still look up')
    for (const args of [['lookup', group], ['status']]) {
      print(`\n   $ offset-watchdog ${args.join(' ')}`)
      print(indented(await offsetWatchdog(args, settings)))
    }
  },
}

const indented = (text: string) => text.trimEnd().replace(/^/gm, '   ')

async function offsetWatchdog(args: string[], { store, clusters }: Settings): Promise<string> {
  const [cluster] = clusters
  const env = {
    ...process.env,
    KAFKA_BROKERS: cluster?.kafka.brokers.join(),
    WATCHDOG_CLUSTER: cluster?.name,
    WATCHDOG_STORE: store,
    WATCHDOG_CLOCK_SKEW: '0s',
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['functions/cli.ts', ...args], { env })
  return stdout
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort(new Error('interrupted')))
process.once('SIGTERM', () => stop.abort(new Error('terminated')))

const { SLACK_BOT_TOKEN, SLACK_CHANNEL } = process.env
const real = SLACK_BOT_TOKEN !== undefined && SLACK_CHANNEL !== undefined
const slack = real
  ? undefined
  : await startSlack({
      onMessage: message => {
        const isEdit = message.edits.length > 0
        const shown = renderAsText(isEdit ? { ...message, attachments: [] } : message, style)
        print(indented(`\n── Slack, #kafka${isEdit ? ', edited in place' : ''}\n${shown}\n`))
      },
    })

try {
  await tell(
    audience,
    slack
      ? {
          SLACK_BOT_TOKEN: slack.token,
          SLACK_API_URL: slack.url,
          SLACK_CHANNEL: '#kafka',
          SLACK_MENTION: '<!here>',
        }
      : { SLACK_BOT_TOKEN, SLACK_CHANNEL },
    stop.signal,
  )
  print(
    '\nThat is all: a warning in time, and a memory when it was not heard. The README says how to point it at your own cluster.',
  )
} catch (error) {
  if (!stop.signal.aborted) throw error
  print('\nStopped; nothing is left running.')
  process.exitCode = 130
} finally {
  await slack?.stop()
}
