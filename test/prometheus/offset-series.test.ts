import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import { parseOffsets } from '../../functions/contracts/offsets-file.ts'
import { run } from '../cli/run.ts'

let server: ReturnType<typeof createServer> | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A Prometheus that gives this answer to every query. */
async function answering(status: number, body: string) {
  const asked: string[] = []
  const signedIn: (string | undefined)[] = []
  server = createServer((request, response) => {
    signedIn.push(request.headers.authorization)
    asked.push(new URL(request.url ?? '', 'http://any').searchParams.toString())
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, asked, signedIn }
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

type Series = { partition: string; value: string } & Record<string, string>

const vectorOf = (...series: Series[]) =>
  JSON.stringify({
    status: 'success',
    data: {
      resultType: 'vector',
      result: series.map(({ value, ...labels }) => ({
        metric: { topic: 't', ...labels },
        value: [0, value],
      })),
    },
  })

describe('several series of one partition', () => {
  const ofClusters = vectorOf(
    { partition: '0', value: '7', cluster_name: 'prod' },
    { partition: '0', value: '900', cluster_name: 'dev' },
  )
  test.each<[string, string, string[], number, string, string]>([
    [
      'of two clusters are not mixed',
      ofClusters,
      [],
      2,
      '',
      'of several clusters ("dev", "prod"): choose one with --cluster.',
    ],
    ['of two clusters, one of them chosen', ofClusters, ['--cluster', 'prod'], 0, 't,0,7\n', 'An estimate'],
    ['of two clusters, and a third one is chosen', ofClusters, ['--cluster', 'x'], 3, '', 'check the names'],
    [
      'of two exporters: the highest counts, and a sentence says so',
      vectorOf(
        { partition: '0', value: '7', job: 'kafka', instance: 'a:9308' },
        { partition: '0', value: '9', job: 'kafka', instance: 'b:9308' },
      ),
      [],
      0,
      't,0,9\n',
      '2 exporters report this group (kafka a:9308, kafka b:9308), and the highest offset',
    ],
    [
      'with a number in only some of them',
      vectorOf(
        { partition: '0', value: 'NaN', instance: 'a' },
        { partition: '0', value: '9', instance: 'b' },
        { partition: '1', value: '+Inf' },
      ),
      [],
      0,
      't,0,9\n',
      '1 partition left out',
    ],
  ])('%s', async (_, body, args, code, stdout, sentence) => {
    const { url } = await answering(200, body)
    const answer = await run(['lookup', 'g', '--prometheus', url, '--csv', ...args])
    expect(answer).toMatchObject({ code, stdout })
    expect(answer.stderr).toContain(sentence)
  })
})

test('a topic without offsets is named', async () => {
  const { url } = await answering(200, vector({ 0: '1' }))
  const { stderr } = await run(['lookup', 'g', '--prometheus', url, '--topic', 'team.order', ...at])
  expect(stderr).toContain('Prometheus has no offsets of group "g" in topic "team.order" at 2026')
})

describe('a user and a password in the address', () => {
  test.each([
    ['p%40ss', 'p@ss'],
    ['100%', '100%'],
  ])('sign in: %s', async (typed, password) => {
    const { url, signedIn } = await answering(200, vector({ 0: '1' }))
    const address = url.replace('://', `://bob:${typed}@`)
    expect(await run(['lookup', 'g', '--prometheus', address, '--csv'])).toMatchObject({ code: 0 })
    expect(signedIn).toEqual([`Basic ${btoa(`bob:${password}`)}`])
  })

  test.each([
    ['refused', 401],
    ['out of reach', undefined],
  ])('are in no output if the request is %s', async (_, status) => {
    const { url } = status === undefined ? { url: 'http://127.0.0.1:59998' } : await answering(status, '')
    const address = url.replace('://', '://bob:secret@')
    const { code, stdout, stderr } = await run(['lookup', 'g', '--prometheus', address, '--json'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toMatch(
      /^Prometheus at 127\.0\.0\.1:\d+ (answers with 401|cannot be asked: it is out of reach)/,
    )
    expect(stderr).not.toMatch(/secret|bob/)
  })
})

test('an invalid address is a usage error', async () => {
  expect(await run(['lookup', 'orders', '--prometheus', 'prometheus:9090'])).toMatchObject({
    code: 2,
    stdout: '',
  })
})
