import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type FakeSlack, startSlack } from '../slack/server.ts'
import { allGone, type RunningDemo, startDemo } from './process.ts'

// Runs the demo to its end, against a Slack that its environment names. test/e2e/demo.test.ts checks that the story is
// true.

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
})
afterAll(async () => {
  demo?.kill('SIGTERM')
  await slack?.stop()
  await rm(folder, { recursive: true, force: true })
})

test('the demo exits with 0, and leaves neither a process nor a file', async () => {
  expect(code).toBe(0)
  expect(descendants.length).toBeGreaterThan(1)
  await allGone(descendants)
  expect(await readdir(folder)).toEqual([])
})

test('the demo prints every chapter, in order', () => {
  const told = [
    'The messages appear in your Slack, in #kafka.',
    '1. A real Apache Kafka',
    '2. Seven consumer groups',
    'billing  uses assign()',
    '3. The watchdog takes a snapshot every 4 seconds',
    '4. Kafka has deleted the offsets of billing, ledger and report',
    '5. ledger keeps running',
    '6. shipping restarts',
    '7. The watchdog still knows the old offsets',
    '$ offset-watchdog lookup billing --csv',
    'billing.invoices,0,20',
    '$ offset-watchdog status',
    '8. billing is stopped, and its offset is restored',
    '$ offset-watchdog restore billing --execute --yes',
    '9. A new invoice arrives',
    'It continues with record 20',
    'That is all',
  ]
  const lines = demo.said.flatMap(line => told.find(beginning => line.startsWith(beginning)) ?? [])
  expect([...new Set(lines)]).toEqual(told)
})

test('the messages are in that Slack, and not on the terminal', () => {
  const texts = slack.messages.flatMap(({ text, edits }) => [text, ...edits.map(edit => edit.text)])
  for (const said of [
    '`billing` on `demo` may lose',
    '`billing` on `demo` has lost',
    '`shipping` on `demo` has at most',
    '<!here>',
  ])
    expect(texts).toContainEqual(expect.stringContaining(said))
  expect(demo.said.filter(line => line.startsWith('── posted'))).toEqual([])
})
