import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { commitRaw } from '../brokers/clients/commit-raw.ts'
import { createTopic } from '../brokers/clients/topics.ts'
import { sharedKafka, unique } from '../brokers/shared/kafka.ts'
import { until } from '../brokers/until.ts'
import { run, start } from '../cli/run.ts'
import { kari } from '../slack/payloads.ts'
import { type FakeSlack, type StoredMessage, startSlack } from '../slack/server.ts'

// The process `run` on a real broker, and users who click in Slack, which sends clicks by Socket Mode. Three groups
// come near their deadline at the same time. A user acknowledges one of them, and ignores another.

const topic = unique('buttons')
const [seen, unseen, unwanted] = [unique('seen'), unique('unseen'), unique('unwanted')]
const userGroup = 'S0123ABCD'
const began = new Date().toISOString()
const ends = 'Ends on this day, 00:00 UTC'
const end = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
const reason = 'a trial, until <!here> says more'
const lost = 'has lost 1 committed offset'
let slack: FakeSlack
let folder: string
let environment: Record<string, string>
let watchdog: ReturnType<typeof start>
let errors: Promise<string>

beforeAll(async () => {
  slack = await startSlack()
  const bootstrap = await sharedKafka()
  folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-buttons-'))
  slack.scopes.push('usergroups:read')
  slack.interactivity.userGroups.set(userGroup, [kari.id])
  const groups = [seen, unseen, unwanted]
  const config = join(folder, 'watchdog.yaml')
  const settings = {
    clockSkew: '0s',
    slack: { ignore: 'on', ignoreBy: userGroup },
    clusters: [{ name: 'prod', groups, levels: { first: '58s', second: '20s', last: '10s' } }],
  }
  await writeFile(config, JSON.stringify(settings))
  await createTopic(bootstrap, topic, { records: 10 })
  const offsets = [{ topic, partition: 0, offset: 4n }]
  await commitRaw(
    bootstrap,
    // Users have time until the second level, also on a busy machine.
    groups.map(group => ({ group, offsets, expiresIn: 60_000 })),
  )
  environment = {
    WATCHDOG_CONFIG: config,
    WATCHDOG_STORE: join(folder, 'store'),
    KAFKA_BROKERS: bootstrap.join(),
    SLACK_BOT_TOKEN: slack.token,
    SLACK_APP_TOKEN: slack.interactivity.appToken,
    SLACK_API_URL: slack.url,
    SLACK_MENTION: '<!here>',
  }
  watchdog = start(['run', '--every', '1s'], environment)
  watchdog.child.stdout.resume()
  errors = text(watchdog.child.stderr)
})
afterAll(async () => {
  watchdog?.child.kill('SIGKILL')
  await slack?.stop()
  await rm(folder, { recursive: true, force: true })
})

const about = (group: string, words = '') =>
  slack.messages.filter(({ text }) => text.includes(`\`${group}\``) && text.includes(words))
const alertOf = (group: string) => until(async () => about(group, 'may lose')[0])
const shows = (message: StoredMessage, words: string) => JSON.stringify(message.attachments).includes(words)
const click = (message: StoredMessage, label: string) =>
  slack.interactivity.deliver('interactive', slack.interactivity.click(message, label))
const answered = (words: string) =>
  until(async () => slack.interactivity.responses.find(({ text }) => String(text).includes(words)))
const json = async (...args: string[]) => {
  const { code, stdout, stderr } = await run([...args, '--json'], environment)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

test('Undo takes an acknowledgement back', async () => {
  const alert = await alertOf(unwanted)
  await click(alert, 'Acknowledge')
  await until(async () => shows(alert, 'by `kari`'))
  await click(alert, 'Undo')
  await until(async () => !shows(alert, 'by `kari`'))
  expect(await until(async () => about(unwanted, 'Undone (')[0])).toMatchObject({ thread: alert.ts })
})

test("Ignore… opens a form within Slack's time limit, and the message shows the new rule", async () => {
  const { interactivity } = slack
  const alert = await alertOf(unwanted)
  expect(await click(alert, 'Ignore…')).toEqual({ payload: undefined, attempts: 1 })
  interactivity.expireTriggers()
  expect(interactivity.views).toHaveLength(1)
  const sent = interactivity.views.map(view => interactivity.submit(view, { Reason: reason, [ends]: end }))
  for (const form of sent)
    expect(await interactivity.deliver('interactive', form)).toEqual({ payload: undefined, attempts: 1 })
  await until(async () => alert.text.includes('is ignored until'))
  expect(alert.text).toMatch(
    /by `kari`, except for losses\. The reason: `a trial, until &lt;!here&gt; says more`/,
  )
})

test('Acknowledge shows the user in the message; neither this group nor the ignored one escalates', async () => {
  const [alert] = await Promise.all([alertOf(seen), alertOf(unseen)])
  expect(await click(alert, 'Acknowledge')).toEqual({ payload: undefined, attempts: 1 })
  await until(async () => shows(alert, 'by `kari`'))
  expect(await until(async () => about(seen, 'Acknowledged (')[0])).toMatchObject({ thread: alert.ts })

  await until(async () => about(unseen, 'Last call: ').length > 0)
  expect(about(unseen, 'Last call: ')[0]?.text).toContain('<!here>')
  expect([...about(seen, 'Last call: '), ...about(unwanted, 'Last call: ')]).toEqual([])
})

test('Show offsets and /offsets answer only the person who asks', async () => {
  const told = slack.messages.length
  await click(await alertOf(seen), 'Show offsets')
  expect(await answered(`\`${seen}\` on \`prod\`: 1 offset`)).toMatchObject({ response_type: 'ephemeral' })
  const command = slack.interactivity.command(`${unseen} ${topic}`)
  await slack.interactivity.deliver('slash_commands', command)
  expect(await answered(`\`${unseen}\` on \`prod\`: 1 offset`)).toMatchObject({ response_type: 'ephemeral' })
  const usage = await slack.interactivity.deliver('slash_commands', slack.interactivity.command(''))
  expect(JSON.stringify(usage.payload)).toContain('Write `/offsets group`')
  expect(about(unseen, 'Write')).toEqual([])
  expect(slack.messages.slice(told).filter(({ text }) => text.includes('1 offset'))).toEqual([])
})

test('the loss of an ignored group is posted once, and unignore ends the rule', async () => {
  const by = { id: 'U1', name: 'kari', team: 'T0123' }
  const rule = { cluster: 'prod', pattern: unwanted, reason, until: `${end}T00:00:00.000Z`, by }
  expect(await json('ignore')).toMatchObject({ rules: [rule] })
  await until(async () => about(unwanted, lost).length > 0)
  const deadline = about(unwanted, 'is ignored until')[0]
  expect(await json('unignore', unwanted)).toMatchObject({ rules: [rule] })
  const [listed, { actions }] = await Promise.all([
    json('ignore'),
    json('audit', '--since', began),
    // The next watch reads the end of the rule, and finds the loss again.
    until(async () => deadline?.text.includes('has lost its offsets')),
  ])
  expect(listed.rules).toEqual([])
  expect(about(unwanted, lost)).toHaveLength(1)
  expect(about(unwanted, 'Last call: ')).toEqual([])

  const ofGroup = actions.filter(({ group }: { group: string }) => group === unwanted)
  const silenced = { pattern: unwanted, until: Date.parse(end) }
  expect(ofGroup).toMatchObject([
    { action: 'acknowledge', by, outcome: 'done', before: { acknowledgedBy: null } },
    { action: 'undo', by, outcome: 'done', before: { acknowledgedBy: 'kari' } },
    { action: 'ignore', by, outcome: 'done', reason, before: null, after: silenced },
    { action: 'unignore', by: { id: null, team: null }, outcome: 'done', before: silenced, after: null },
  ])
})

test('SIGTERM closes the connection, and the process ends without an error', async () => {
  watchdog.child.kill('SIGTERM')
  expect(await watchdog.ended).toBe(0)
  expect(slack.interactivity.connections()).toBe(0)
  expect(await errors).toBe('')
})
