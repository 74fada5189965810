import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { until } from '../brokers/until.ts'
import { start } from '../cli/run.ts'
import { type FakeSlack, startSlack } from '../slack/server.ts'

// The process `run` on a real broker, and people who click in Slack, which sends clicks by Socket Mode. Two groups get
// near their deadline in the same way, and somebody acknowledges one of them.

const topic = unique('buttons')
const [seen, unseen] = [unique('seen'), unique('unseen')]
let slack: FakeSlack
let folder: string
let watchdog: ReturnType<typeof start>
let errors: Promise<string>

beforeAll(async () => {
  const [bootstrap] = await Promise.all([
    sharedKafka(),
    startSlack().then(started => {
      slack = started
    }),
  ])
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-buttons-'))
  const levels = { first: '30s', second: '20s', last: '10s' }
  const config = join(folder, 'watchdog.yaml')
  await writeFile(
    config,
    JSON.stringify({ clockSkew: '0s', clusters: [{ name: 'prod', groups: [seen, unseen], levels }] }),
  )
  await createTopic(bootstrap, topic, { records: 10 })
  const offsets = [{ topic, partition: 0, offset: 4n }]
  await commitRaw(
    bootstrap,
    [seen, unseen].map(group => ({ group, offsets, expiresIn: 36_000 })),
  )
  watchdog = start(['run', '--every', '1s'], {
    WATCHDOG_CONFIG: config,
    WATCHDOG_STORE: join(folder, 'store'),
    KAFKA_BROKERS: bootstrap.join(),
    SLACK_BOT_TOKEN: slack.token,
    SLACK_APP_TOKEN: slack.interactivity.appToken,
    SLACK_API_URL: slack.url,
    SLACK_MENTION: '<!here>',
  })
  watchdog.child.stdout.resume()
  errors = text(watchdog.child.stderr)
}, 120_000)
afterAll(async () => {
  watchdog?.child.kill('SIGKILL')
  await slack?.stop()
  await rm(folder, { recursive: true, force: true })
})

const about = (group: string, words = '') =>
  slack.messages.filter(({ text }) => text.includes(`\`${group}\``) && text.includes(words))
const alertOf = (group: string) => until(async () => about(group, 'may lose')[0])
const click = async (label: string) =>
  slack.interactivity.deliver('interactive', slack.interactivity.click(await alertOf(seen), label))
const answered = (words: string) =>
  until(async () => slack.interactivity.responses.find(({ text }) => String(text).includes(words)))

test('a click acknowledges: the message says by whom, and the group is not escalated', async () => {
  const [alert] = await Promise.all([alertOf(seen), alertOf(unseen)])
  expect(await click('Acknowledge')).toEqual({ payload: undefined, attempts: 1 })
  await until(async () => JSON.stringify(alert.attachments).includes('by `kari`'))
  expect(await until(async () => about(seen, 'Somebody has seen it')[0])).toMatchObject({ thread: alert.ts })

  await until(async () => about(unseen, 'Last call: ').length > 0)
  expect(about(unseen, 'Last call: ')[0]?.text).toContain('<!here>')
  expect(about(seen, 'Last call: ')).toEqual([])
}, 120_000)

test('Show offsets and /offsets answer only the person who asks', async () => {
  const told = slack.messages.length
  await click('Show offsets')
  expect(await answered(`\`${seen}\` on \`prod\`: 1 offset`)).toMatchObject({ response_type: 'ephemeral' })
  const command = slack.interactivity.command(`${unseen} ${topic}`)
  await slack.interactivity.deliver('slash_commands', command)
  expect(await answered(`\`${unseen}\` on \`prod\`: 1 offset`)).toMatchObject({ response_type: 'ephemeral' })
  const usage = await slack.interactivity.deliver('slash_commands', slack.interactivity.command(''))
  expect(JSON.stringify(usage.payload)).toContain('Write `/offsets group`')
  expect(about(unseen, 'Write')).toEqual([])
  expect(slack.messages.slice(told).filter(({ text }) => text.includes('1 offset'))).toEqual([])
}, 60_000)

test('SIGTERM closes the connection, and the process ends without an error', async () => {
  watchdog.child.kill('SIGTERM')
  expect(await watchdog.ended).toBe(0)
  expect(slack.interactivity.connections()).toBe(0)
  expect(await errors).toBe('')
}, 60_000)
