import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { allGone, type RunningDemo, startDemo } from './process.ts'

// The demo to its end, posting to a Slack that its environment names; test/e2e/demo.test.ts holds the story against the truth.

let folder: string
let slack: FakeSlack
let demo: RunningDemo
let descendants: number[]
let code: number | null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'told-demo-'))
  slack = await startSlack()
  demo = startDemo(folder, {
    SLACK_BOT_TOKEN: slack.token,
    SLACK_CHANNEL: '#kafka',
    SLACK_API_URL: slack.url,
    SLACK_MENTION: '<!here>',
  })
  descendants = await demo.descendantsAt('Now report is stopped')
  code = await demo.ended
}, 300_000)
afterAll(async () => {
  demo?.kill('SIGTERM')
  await slack?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('it ends well, and leaves neither a process nor a file', async () => {
  expect(code).toBe(0)
  expect(descendants.length).toBeGreaterThan(1)
  await allGone(descendants)
  expect(await readdir(folder)).toEqual([])
})

test('every chapter is told, in its order', () => {
  const told = [
    'What is posted appears in your Slack, in #kafka.',
    '1. A real Apache Kafka',
    '2. Seven consumer groups',
    'billing  takes its partition by assign()',
    '3. The watchdog takes a snapshot every 4 seconds',
    '4. Kafka has deleted the offsets of billing, ledger and report',
    '5. ledger is left running',
    '6. shipping is started again',
    '7. What was there before can be looked up',
    '$ offset-watchdog lookup billing --csv',
    'billing.invoices,0,20',
    '$ offset-watchdog status',
    '8. billing is stopped, and its offset is put back',
    '$ offset-watchdog restore billing --execute --yes',
    '9. A new invoice arrives',
    'It goes on with record 20',
    'That is all',
  ]
  const lines = demo.said.flatMap(line => told.find(beginning => line.startsWith(beginning)) ?? [])
  expect([...new Set(lines)]).toEqual(told)
})

test('what is posted is in that Slack, and nowhere else', () => {
  const texts = slack.messages.flatMap(({ text, edits }) => [text, ...edits.map(edit => edit.text)])
  for (const said of [
    '`billing` on `demo` may lose',
    '`billing` on `demo` has lost',
    '`shipping` on `demo` has not read',
    '<!here>',
  ])
    expect(texts).toContainEqual(expect.stringContaining(said))
  expect(demo.said.filter(line => line.startsWith('── posted'))).toEqual([])
})
