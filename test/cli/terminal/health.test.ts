import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Health, serveHealth } from '../../../functions/cli/terminal/health.ts'
import { freePorts } from '../../brokers/ports.ts'

const minute = 60_000
let health: Health
let now = 0
let port = 0

beforeEach(async () => {
  now = 0
  ;[port = 0] = await freePorts(1)
  health = await serveHealth({ port, clusters: ['prod', 'test'], interval: 15 * minute, now: () => now })
})
afterEach(async () => {
  await health[Symbol.asyncDispose]()
})

async function ask(path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`)
  return `${response.status} ${(await response.text()).trim()}`
}

describe('/isready', () => {
  test('answers 503 until every cluster has a snapshot', async () => {
    expect(await ask('isready')).toBe('503 no current snapshot of prod, test')
    health.attempted('snapshot', 'prod', true)
    expect(await ask('isready')).toBe('503 no current snapshot of test')
    health.attempted('snapshot', 'test', true)
    expect(await ask('isready')).toBe('200 ready')
  })

  test('answers 503 after the last snapshot of a cluster failed', async () => {
    for (const cluster of ['prod', 'test']) health.attempted('snapshot', cluster, true)
    health.attempted('snapshot', 'prod', false)
    expect(await ask('isready')).toBe('503 no current snapshot of prod')
    health.attempted('snapshot', 'prod', true)
    expect(await ask('isready')).toBe('200 ready')
  })
})

test('/isready answers 503 after the last watch of a cluster failed, for example because Slack refused', async () => {
  for (const cluster of ['prod', 'test']) health.attempted('snapshot', cluster, true)
  health.attempted('watch', 'test', false)
  expect(await ask('isready')).toBe('503 the last watch of test failed')
  expect(await ask('isalive')).toBe('200 alive')
  health.attempted('watch', 'test', true)
  expect(await ask('isready')).toBe('200 ready')
})

describe('/isalive', () => {
  test('answers 503 after two intervals without a snapshot', async () => {
    now = 30 * minute
    expect(await ask('isalive')).toBe('200 alive')
    now = 31 * minute
    expect(await ask('isalive')).toBe('503 no snapshot for 31 minutes')
    now = -minute
    expect(await ask('isalive')).toContain('503')
  })

  test('answers 200 if one cluster is read and another is out of reach', async () => {
    now = 31 * minute
    health.attempted('snapshot', 'prod', true)
    health.attempted('snapshot', 'test', false)
    expect(await ask('isalive')).toBe('200 alive')
  })
})

test('every other path answers 404', async () => {
  for (const path of ['', 'metrics', 'isready?'])
    expect(await ask(path)).toBe('404 not found: ask for /isalive, /isready or /metrics')
})

test('/metrics answers the metrics, or 503 with the reason', async () => {
  const [other = 0] = await freePorts(1)
  const answers = [
    async () => ({ type: 'text/x', text: 'a 1\n' }),
    () => Promise.reject(new Error('the store is away')),
  ]
  const metrics = () => answers.shift()?.() ?? Promise.reject(new Error('asked too often'))
  await using _ = await serveHealth({ port: other, clusters: [], interval: minute, metrics })
  const all = [1, 2].map(async () => {
    const response = await fetch(`http://127.0.0.1:${other}/metrics`)
    return [response.status, response.headers.get('content-type'), await response.text()]
  })
  expect(await Promise.all(all)).toEqual(
    expect.arrayContaining([
      [200, 'text/x', 'a 1\n'],
      [503, 'text/plain', 'the store is away\n'],
    ]),
  )
})

test('a port in use is reported', async () => {
  await expect(serveHealth({ port, clusters: [], interval: minute })).rejects.toMatchObject({
    message: `cannot listen on port ${port}: another program listens there already. Choose another --port.`,
    exitCode: 2,
  })
})
