import { snapshotEvents } from '../contracts/events/snapshot-events.ts'
import { Failure } from '../core/model/failure.ts'
import type { SnapshotHead } from '../core/snapshot.ts'
import type { Events } from './ports.ts'

/** Publishes the events of a snapshot that was stored. @throws Failure if the bus did not accept all of them */
export async function publishSnapshot(events: Events, head: SnapshotHead): Promise<void> {
  const due = snapshotEvents(head)
  mustBeSent(await events.publish(due), due.length)
}

/** @throws Failure with the number of unpublished events and the first reasons, unless `left` is empty */
export function mustBeSent(left: readonly { why: Failure }[], total: number): void {
  const [first] = left
  if (!first) return
  const reasons = [...new Set(left.map(({ why }) => why.message))].slice(0, 3)
  throw new Failure(`${left.length} of ${total} events not published: ${reasons.join(' ')}`, {
    cause: first.why,
  })
}
