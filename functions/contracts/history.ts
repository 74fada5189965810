import { iso } from '../core/time.ts'
import type { History } from '../jobs/look-back.ts'

/** Addition of `lookup --history` to the output of `lookup --json`. */
export const historyJson = ({ events, readings, snapshots, every, complete, predecessor }: History) => ({
  complete,
  everyMs: every,
  snapshots: { read: readings.length, all: snapshots },
  predecessor,
  events: events.map(({ topic, partition, kind, after, by, offset, ...event }) => ({
    topic,
    partition,
    kind,
    after: after === null ? null : iso(after),
    by: iso(by),
    offset: String(offset),
    from: 'from' in event ? String(event.from) : null,
    reason: 'reason' in event ? event.reason : null,
  })),
})
