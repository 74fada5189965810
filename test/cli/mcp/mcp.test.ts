import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { linesOf, respond, type Tool } from '../../../functions/cli/mcp/protocol.ts'
import { pageStore, snapshotsOfLoss } from '../page/samples.ts'
import { cli, run } from '../run.ts'
import type { TestStore } from '../store.ts'

let store: TestStore
let client: Client
let said = ''

beforeAll(async () => {
  ;({ store } = await pageStore(...snapshotsOfLoss(Date.now())))
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [cli, 'mcp'],
    env: { PATH: process.env.PATH ?? '', ...(store.settings as Record<string, string>) },
    stderr: 'pipe',
  })
  transport.stderr?.on('data', data => (said += String(data)))
  client = new Client({ name: 'test', version: '0' })
  await client.connect(transport)
})
afterAll(async () => {
  await client?.close()
  await store?.[Symbol.asyncDispose]()
})

async function ask(name: string, args: Record<string, unknown> = {}) {
  const { content, structuredContent, isError } = await client.callTool({ name, arguments: args })
  const texts = (content as { text: string }[]).map(({ text }) => text)
  return { texts, json: structuredContent, isError: isError ?? false }
}

const printed = async (...args: string[]) => JSON.parse((await run(args, store.settings)).stdout)

test("the SDK's client finds three read-only tools", async () => {
  await client.ping()
  const { tools } = await client.listTools()
  expect(tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint])).toEqual([
    ['status', true],
    ['lookup', true],
    ['history', true],
  ])
  expect(client.getInstructions()).toMatch(/never as instructions/)
})

test('status names the groups that need attention, as `status --check` does', async () => {
  const { texts, json } = await ask('status')
  expect(texts[0]).toMatch(
    /^Cluster prod: the newest snapshot is 3 min( \d+ s)? old and complete; 3 of 3 groups need attention\.$/,
  )
  expect(json).toEqual(await printed('status', '--check', '--json'))
  expect(JSON.parse(texts[1] ?? '')).toEqual(json)
})

test('status of a group answers like the command', async () => {
  expect((await ask('status', { group: 'ord*' })).json).toEqual(
    await printed('status', '--group', 'ord*', '--json'),
  )
})

test('lookup answers like the command, and names the restore command', async () => {
  const { texts, json } = await ask('lookup', { group: 'orders' })
  expect(texts[0]).toMatch(/^Group orders: 2 of 3 partitions lost or reset \(prod · snapshot of /)
  expect(texts[0]).toMatch(/\nRecommended: restore\. /)
  expect(texts[0]).toMatch(/\nTo see .*: offset-watchdog restore --cluster=prod -- orders$/)
  expect(json).toEqual(await printed('lookup', 'orders', '--json'))
})

test('history answers like the command', async () => {
  const { texts, json } = await ask('history', { group: 'orders', every: '1h' })
  expect(texts[0]).toMatch(/^Group orders: losses and resets in this time: 2\. Read \d+ of 60 snapshots/)
  expect(json).toEqual(await printed('lookup', 'orders', '--every', '1h', '--json'))
})

test.each<[string, string, Record<string, unknown>, RegExp]>([
  [
    'an unknown group',
    'lookup',
    { group: 'ordres' },
    /^cluster "prod" has no offsets .* did you mean "orders"\?$/,
  ],
  [
    'an unknown cluster',
    'status',
    { cluster: 'other' },
    /^cluster "other" is neither configured nor in the store/,
  ],
  ['no group', 'history', {}, /^Give these arguments, .* Required: group\.$/],
  ['an unknown argument', 'lookup', { group: 'orders', execute: 'true' }, /^Give these arguments/],
  ['an argument of the wrong type', 'lookup', { group: 7 }, /^Give these arguments/],
  ['an invalid time', 'lookup', { group: 'orders', at: 'yesterday' }, /^Write a time such as /],
  [
    'a time in the future',
    'lookup',
    { group: 'orders', at: '2999-01-01T00:00Z' },
    /^The time is in the future: write an earlier one\.$/,
  ],
  ['an invalid duration', 'history', { group: 'orders', every: 'x' }, /^Write a duration/],
  ['a group of 32 KB with markup', 'lookup', { group: '<b>'.repeat(10_000) }, /has no offsets of a group/],
])('%s gets one sentence', async (_, tool, args, sentence) => {
  const { texts, isError } = await ask(tool, args)
  expect([isError, texts.length]).toEqual([true, 1])
  expect(texts[0]).toMatch(sentence)
})

test('an unknown tool is a protocol error, and standard error stays empty', async () => {
  await expect(ask('restore', { group: 'orders' })).rejects.toThrow('There is no such tool.')
  expect(said).toBe('')
})

test.each([
  ['a name with line separators, which JSON does not escape', ['{"a":"b\u2028c\u2029d\u0085"}\n'], 1],
  ['a line in several chunks', ['{"a":', '"b"}', '\n'], 1],
  ['several lines in one chunk, the last without an end', ['1\n2\n3'], 3],
  ['line ends of Windows', ['1\r\n2\r\n'], 2],
  ['nothing', [], 0],
])('lines of %s', async (_, chunks, count) => {
  async function* input() {
    yield* chunks
  }
  const lines = await Array.fromAsync(linesOf(input()))
  expect(lines.map(line => JSON.stringify(JSON.parse(line))).join('')).toBe(
    chunks.join('').replaceAll(/[\r\n]/g, ''),
  )
  expect(lines).toHaveLength(count)
})

test('a group with line separators in its id is looked up', async () => {
  expect(await ask('lookup', { group: 'a\u2028b' })).toMatchObject({
    isError: true,
    texts: [expect.stringContaining('has no offsets of a group "a\u2028b"')],
  })
})

describe('the server answers', () => {
  const known: Tool = {
    name: 'known',
    description: '',
    inputs: {},
    required: [],
    answer: async () => ({ text: 'known', json: {} }),
  }
  const server = { version: '0', instructions: '', tools: [known] }
  const initialize = (protocolVersion?: unknown) =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion } })

  test.each<[string, string, object | undefined]>([
    ['a line that is not JSON', '{', { id: null, error: { code: -32_700 } }],
    ['a line that is not a request', '[]', { id: null, error: { code: -32_600 } }],
    [
      'a request with an id and wrong parameters',
      '{"jsonrpc":"2.0","id":7,"method":"ping","params":5}',
      { id: 7, error: { code: -32_600 } },
    ],
    ['a request of another version', '{"id":8,"method":"ping"}', { id: 8, error: { code: -32_600 } }],
    [
      'parameters that are null',
      '{"jsonrpc":"2.0","id":9,"method":"ping","params":null}',
      { id: 9, result: {} },
    ],
    [
      'arguments that are null',
      '{"jsonrpc":"2.0","id":10,"method":"tools/call","params":{"name":"known","arguments":null}}',
      { id: 10, result: { structuredContent: {} } },
    ],
    [
      'an unknown method',
      '{"jsonrpc":"2.0","id":"a","method":"resources/list"}',
      { id: 'a', error: { code: -32_601 } },
    ],
    ['a notification, with nothing', '{"jsonrpc":"2.0","method":"notifications/initialized"}', undefined],
    [
      'a known revision, with the same revision',
      initialize('2025-06-18'),
      { result: { protocolVersion: '2025-06-18' } },
    ],
    [
      'a later revision, with the newest known revision',
      initialize('2099-01-01'),
      { result: { protocolVersion: '2025-11-25' } },
    ],
    [
      'a missing revision, with the newest known revision',
      initialize(),
      { result: { protocolVersion: '2025-11-25' } },
    ],
  ])('%s', async (_, line, expected) => {
    const response = await respond(line, server)
    if (expected === undefined) expect(response).toBeUndefined()
    else expect(response).toMatchObject(expected)
  })
})
