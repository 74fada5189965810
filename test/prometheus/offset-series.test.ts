import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, expect, test } from '@jest/globals'
import { parseOffsets } from '../../functions/contracts/offsets-file.ts'
import { run } from '../cli/run.ts'

let server: ReturnType<typeof createServer> | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A Prometheus that gives this answer to every query. */
async function answering(status: number, body: string): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://any').searchParams.toString())
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked }
}

const vector = (values: Record<string, string>, more = {}) =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: Object.entries(values).map(([partition, value]) => ({
        metric: { topic: 'team.orders', partition },
        value: [1_795_000_000, value],
      })),
    },
    ...more,
  })

const at = ['--at', '2026-11-22T14:00Z']

test('an estimate is marked as such in the table, in JSON, and in CSV that restore --from-file reads', async () => {
  const { url, asked } = await answering(200, vector({ 10: '7', 2: '1.234e+06', 3: 'NaN' }))
  const lookup = ['lookup', 'a"b', '--prometheus', url, ...at]
  const [table, json, csv] = [
    await run(lookup),
    await run([...lookup, '--json']),
    await run([...lookup, '--csv']),
  ]

  expect(table).toMatchObject({ code: 0, stderr: '' })
  expect(table.stdout).toMatch(
    /estimate\n[\s\S]*2 +1234000\n[\s\S]*10 +7\n[\s\S]*An estimate from Prometheus[\s\S]*1 partition left out/,
  )
  expect(JSON.parse(json.stdout)).toMatchObject({
    estimate: true,
    at: '2026-11-22T14:00:00.000Z',
    unusable: 1,
    partitions: [
      { partition: 2, offset: '1234000' },
      { partition: 10, offset: '7' },
    ],
  })
  expect(csv).toMatchObject({ code: 0, stdout: 'team.orders,2,1234000\nteam.orders,10,7\n' })
  expect(csv.stderr).toContain('An estimate from Prometheus')
  const query = new URLSearchParams(asked[0])
  expect(query.get('time')).toBe('1795356000')
  // The names of kafka-lag-exporter and of kafka_exporter.
  for (const series of ['group_offset{group=', 'current_offset{consumergroup='])
    expect(query.get('query')).toContain(`kafka_consumergroup_${series}"a\\"b"}`)
  expect(parseOffsets(csv.stdout, 'offsets.csv', 'a"b')).toEqual([
    { topic: 'team.orders', partition: 2, offset: 1_234_000n },
    { topic: 'team.orders', partition: 10, offset: 7n },
  ])
})

test.each([
  ['answers 503', 503, '', 'answers with 503'],
  [
    'stops in the middle of its answer',
    200,
    vector({ 0: '1' }).slice(0, -20),
    'does not give a complete answer',
  ],
  [
    'answers only in part',
    200,
    vector({ 0: '1' }, { warnings: ['store is away'] }),
    'only a part of the answer: store is away',
  ],
  ['answers without a number', 200, vector({ 0: 'NaN' }), 'has no usable number'],
  ['does not know the group', 200, vector({}), 'has no offsets'],
])('a Prometheus that %s is reported in one sentence', async (_, status, body, sentence) => {
  const { url } = await answering(status, body)
  const { code, stdout, stderr } = await run(['lookup', 'orders', '--prometheus', url, ...at])
  expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({ code: 3, stdout: '', lines: 1 })
  expect(stderr).toContain(sentence)
})

test('an invalid address is a usage error', async () => {
  expect(await run(['lookup', 'orders', '--prometheus', 'prometheus:9090'])).toMatchObject({
    code: 2,
    stdout: '',
  })
})
