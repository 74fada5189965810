import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { ping } from '../../functions/jobs/ping.ts'
import { freePorts } from '../brokers/ports.ts'

let server: Server
let port = 0
let asked: string[] = []
let status = 200

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    response.writeHead(status).end('OK')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
beforeEach(() => {
  asked = []
  status = 200
})
afterAll(() => {
  server.close()
})

test.each([
  ['/secret-uuid', 'GET /secret-uuid'],
  ['/key/{cluster}-{job}?rid=1', 'GET /key/prod-watch?rid=1'],
])('the address %s is called once, and a success returns nothing', async (path, call) => {
  expect(await ping(`http://127.0.0.1:${port}${path}`, 'watch', 'prod')).toBeUndefined()
  expect(asked).toEqual([call])
})

test('nothing is called without an address', async () => {
  expect(await ping(undefined, 'watch', 'prod')).toBeUndefined()
})

test('a redirect is no success: it may lead to a sign-in page', async () => {
  status = 302
  expect(await ping(`http://127.0.0.1:${port}/secret-uuid`, 'watch', 'prod')).toContain('with status 302.')
})

test('an address that refuses is reported in one sentence, without secrets', async () => {
  status = 404
  expect(await ping(`http://127.0.0.1:${port}/secret-uuid`, 'snapshot', 'prod')).toBe(
    `cannot call the address of WATCHDOG_PING_URL at 127.0.0.1:${port} after the snapshot of cluster "prod": it answers ` +
      'with status 404. The snapshot itself is done; check the address, and the network path to it.',
  )
})

test('an address that is out of reach is reported in one sentence, without secrets', async () => {
  const [closed] = await freePorts(1)
  const says = await ping(`http://127.0.0.1:${closed}/secret-uuid`, 'watch', 'prod')
  expect(says).toContain('it is out of reach (ECONNREFUSED).')
  expect(says).not.toContain('secret')
})

test('an address that does not answer is abandoned at the time-out', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port: silentPort } = silent.address() as AddressInfo
  const url = `http://127.0.0.1:${silentPort}/`
  expect(await ping(url, 'watch', 'prod', 1000)).toContain('no answer within 1 s.')
  silent.closeAllConnections()
  silent.close()
})
