import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parsePublished } from '../../functions/contracts/events/published.ts'
import { parseAlertState } from '../../functions/core/alerts/alert-state.ts'
import { eventBus } from '../../functions/events/event-bridge.ts'
import { publishIncidents } from '../../functions/jobs/publish-incidents.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { publishedKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import type { ObjectStore } from '../../functions/store/objects/object-store.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { aCommit, gone, now, policy } from '../builders/commits.ts'
import { snapshotOf } from '../builders/snapshots.ts'
import { Watcher } from '../core/alerts/alerts.ts'
import { HOUR, sevenDays } from '../core/readings.ts'
import { cluster } from '../jobs/status-of-sample.ts'

/**
 * A cluster in which this number of groups has lost offsets. `publish` publishes the events, and counts the requests to
 * the store and to the event bus.
 * @param requestTakes ms
 */
export async function losses(groups: number, requestTakes: number) {
  const requests = { store: 0, bus: 0 }
  const folder = await mkdtemp(join(tmpdir(), 'offset-watchdog-events-'))
  const objects = counted(folderStore(folder), async () => {
    requests.store++
    await sleep(requestTakes)
  })

  const bus = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    requests.bus++
    void json(request).then(async body => {
      const Entries = (body as { Entries: unknown[] }).Entries.map(() => ({ EventId: 'e' }))
      await sleep(requestTakes)
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify({ FailedEntryCount: 0, Entries }))
    })
  })
  bus.listen(0, '127.0.0.1')
  await once(bus, 'listening')
  const address = bus.address()
  const before = { ...process.env }
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_EVENTBRIDGE: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-west-1',
  })

  const commits = Array.from({ length: groups }, (_, i) => gone(HOUR, aCommit(0, { group: `group-${i}` })))
  const watcher = new Watcher()
  watcher.see(0, commits)
  const alerts = alertStore(objects, parseAlertState)
  const snapshots = snapshotStore(objects, () => now)
  await snapshots.write(snapshotOf(commits, { takenAt: now, retention: [sevenDays] }))
  await alerts.write('prod', watcher.state, undefined)

  return {
    /** @returns number of events, and the requests that it took */
    async publish() {
      Object.assign(requests, { store: 0, bus: 0 })
      const published = await publishIncidents({
        cluster: { ...cluster, policy },
        alerts,
        actions: actionStore(objects),
        published: alertStore(objects, parsePublished, publishedKey),
        snapshots,
        events: eventBus('bus'),
        interval: HOUR,
        now,
      })
      return { published, ...requests }
    },
    async [Symbol.asyncDispose]() {
      process.env = before
      bus.closeAllConnections()
      bus.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same store, which calls `request` before each request. */
function counted(objects: ObjectStore, request: () => Promise<void>): ObjectStore {
  const announced =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await request()
      return method(...args)
    }
  return {
    ...objects,
    create: announced((...args: Parameters<ObjectStore['create']>) => objects.create(...args)),
    read: announced((...args: Parameters<ObjectStore['read']>) => objects.read(...args)),
    readVersioned: announced((...args: Parameters<ObjectStore['readVersioned']>) =>
      objects.readVersioned(...args),
    ),
    replace: announced((...args: Parameters<ObjectStore['replace']>) => objects.replace(...args)),
    async *list(...args) {
      await request()
      yield* objects.list(...args)
    },
  }
}
