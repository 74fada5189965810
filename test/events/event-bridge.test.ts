import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { snapshotEvents } from '../../functions/contracts/events/snapshot-events.ts'
import { eventBus } from '../../functions/events/event-bridge.ts'
import { BusFailure } from '../../functions/jobs/ports.ts'
import { mustBeSent } from '../../functions/jobs/publish-snapshot.ts'
import { snapshotOf } from '../builders/snapshots.ts'

// This server replaces the emulator, which never refuses an entry and takes any size.
interface Entry {
  EventBusName: string
  Source: string
  DetailType: string
  Detail: string
}

const requests: Entry[][] = []
/** Why each of the next entries is refused; undefined if it is accepted. */
const answers: (string | undefined)[] = []
const statuses: number[] = []
const before = { ...process.env }

const server = createServer((request, response) => {
  void json(request).then(body => answer(body as { Entries: Entry[] }, response))
})

function answer({ Entries }: { Entries: Entry[] }, response: ServerResponse): void {
  requests.push(Entries)
  const status = statuses.shift() ?? 200
  const results = Entries.map(() => {
    const refused = answers.shift()
    return refused ? { ErrorCode: refused, ErrorMessage: 'not now' } : { EventId: 'e' }
  })
  const body =
    status === 200
      ? { FailedEntryCount: results.filter(({ EventId }) => !EventId).length, Entries: results }
      : { __type: 'AccessDeniedException', message: 'no right' }
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
  })
})
afterEach(() => {
  for (const list of [requests, answers, statuses]) list.length = 0
})
afterAll(() => {
  process.env = before
  server.closeAllConnections()
  server.close()
})

const taken = (i: number, cluster = 'prod') => snapshotEvents(snapshotOf([], { takenAt: i, cluster }).head)
const many = (count: number, cluster?: string) =>
  Array.from({ length: count }, (_, i) => taken(i, cluster)).flat()

describe('an event bus', () => {
  test('gets the fields that subscribers filter by', async () => {
    await eventBus('bus').publish(taken(0))
    expect(requests).toEqual([
      [
        expect.objectContaining({
          EventBusName: 'bus',
          Source: 'offset-watchdog',
          DetailType: 'Snapshot Taken',
          Detail: expect.stringContaining('"cluster":"prod"'),
        }),
      ],
    ])
  })

  test('gets at most ten entries at once', async () => {
    await eventBus('bus').publish(many(23))
    expect(requests.map(({ length }) => length)).toEqual([10, 10, 3])
  })

  test('gets at most 256 KB at once', async () => {
    await eventBus('bus').publish(many(5, 'c'.repeat(60_000)))
    expect(requests.map(({ length }) => length)).toEqual([2, 2, 1])
  })

  test('gets only those entries again that it refused', async () => {
    answers.push(undefined, 'ThrottlingException', undefined, 'InternalFailure')
    await eventBus('bus').publish(many(4))
    const [first = [], second] = requests
    expect(second).toEqual([first[1], first[3]])
    expect(requests).toHaveLength(2)
  })

  test('that keeps refusing an event returns it, after all others have been published', async () => {
    answers.push('ThrottlingException', ...Array(9).fill(undefined), ...Array(4).fill('ThrottlingException'))
    const events = many(12)
    const unsent = await eventBus('bus').publish(events)
    expect(unsent.map(({ event }) => event)).toEqual([events[0]])
    expect(() => mustBeSent(unsent, events.length)).toThrow(
      '1 of 12 events not published: event bus "bus" did not take "Snapshot Taken" prod-0: ThrottlingException not now. ' +
        'The next run tries again.',
    )
    expect(requests.map(({ length }) => length)).toEqual([10, 1, 1, 1, 1, 2])
  })

  test('without the right to publish returns all events that it has not accepted, and is not tried again', async () => {
    statuses.push(200, 400)
    const events = many(35)
    const unsent = await eventBus('bus').publish(events)
    expect(unsent.map(({ event }) => event)).toEqual(events.slice(10))
    expect(unsent.every(({ why }) => why instanceof BusFailure)).toBe(true)
    expect(() => mustBeSent(unsent, events.length)).toThrow(
      '25 of 35 events not published: cannot publish to event bus "bus": AccessDeniedException: no right. ' +
        'Grant events:PutEvents on it, or correct EVENT_BUS.',
    )
    expect(requests.map(({ length }) => length)).toEqual([10, 10])
  })

  test('never gets an event of more than 256 KB, but gets the others', async () => {
    const events = [...many(1), ...many(1, 'ø'.repeat(140_000)), ...many(1)]
    const unsent = await eventBus('bus').publish(events)
    expect(unsent.map(({ event }) => event)).toEqual([events[1]])
    expect(() => mustBeSent(unsent, events.length)).toThrow('larger than 256 KB')
    expect(requests.map(({ length }) => length)).toEqual([2])
  })
})
