import type { WatchdogEvent } from '../../functions/contracts/events/event.ts'
import { parsePublished } from '../../functions/contracts/events/published.ts'
import { type AlertState, parseAlertState } from '../../functions/core/alerts/alert-state.ts'
import type { Commit } from '../../functions/core/model/commit.ts'
import { Failure } from '../../functions/core/model/failure.ts'
import { BusFailure } from '../../functions/jobs/ports.ts'
import { type PublishIncidents, publishIncidents } from '../../functions/jobs/publish-incidents.ts'
import { actionStore } from '../../functions/store/actions.ts'
import { alertStore } from '../../functions/store/alerts.ts'
import { publishedKey } from '../../functions/store/keys.ts'
import { folderStore } from '../../functions/store/objects/folder.ts'
import { snapshotStore } from '../../functions/store/snapshots/snapshots.ts'
import { now, policy } from '../builders/commits.ts'
import { snapshotOf } from '../builders/snapshots.ts'
import { type ContextChanges, Watcher } from '../core/alerts/alerts.ts'
import { HOUR, sevenDays } from '../core/readings.ts'
import { cluster } from '../jobs/status-of-sample.ts'

interface Trouble {
  /** True for an event that the bus does not accept. */
  refuses?: (event: WatchdogEvent) => boolean
  /** The number of events after which the bus accepts no further request. */
  downAfter?: number
  snapshots?: PublishIncidents['snapshots']
  published?: PublishIncidents['published']
}

/** Watches a store in a folder, and publishes to a list. */
export function subscriber(folder: string) {
  const objects = folderStore(folder)
  const alerts = alertStore(objects, parseAlertState)
  const published = alertStore(objects, parsePublished, publishedKey)
  const watcher = new Watcher()
  const received: WatchdogEvent[] = []
  let version: string | undefined

  /** A watch sees these commits `later`. @param changes of the policy or the times */
  async function watch(later: number, commits: Commit[], changes: ContextChanges = {}): Promise<void> {
    const takenAt = now + later
    const neverCommitted = [...(changes.neverCommitted ?? [])]
    await snapshotStore(objects).write(
      snapshotOf(commits, { takenAt, retention: [sevenDays], neverCommitted }),
    )
    watcher.see(later, commits, changes)
    await save({ ...watcher.state, watched: takenAt })
  }

  async function save(state: AlertState): Promise<void> {
    watcher.state = state
    version = await alerts.write('prod', state, version)
  }

  const publish = (later: number, { refuses = () => false, downAfter = Infinity, ...ports }: Trouble = {}) =>
    publishIncidents({
      cluster: { ...cluster, policy },
      alerts,
      published,
      actions: actionStore(objects),
      snapshots: snapshotStore(objects, () => now + later),
      events: {
        publish: async events => {
          const refused = events.filter(refuses).map(event => ({ event, why: new Failure('refused.') }))
          const taken = events.filter(event => !refuses(event))
          const room = Math.max(downAfter - received.length, 0)
          received.push(...taken.slice(0, room))
          return [...refused, ...taken.slice(room).map(event => ({ event, why: new BusFailure('down.') }))]
        },
      },
      interval: HOUR,
      now: now + later,
      ...ports,
    })

  /** The events that are received when a watch sees these commits `later`. */
  async function see(later: number, commits: Commit[], trouble: Trouble = {}): Promise<WatchdogEvent[]> {
    await watch(later, commits)
    received.length = 0
    await publish(later, trouble)
    return [...received]
  }
  return { see, watch, save, watcher, publish, received, published }
}
