import { setTimeout as sleep } from 'node:timers/promises'
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge'
import { Failure } from '../core/model/failure.ts'
import type { WatchdogEvent } from './event.ts'

/** Of one request. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10
const MAX_BYTES = 256 * 1024
const ATTEMPTS = 5

/** What jobs ask of whoever passes events on. */
export interface Events {
  /** Resolves when all are accepted. @throws Failure, after all have been tried */
  publish(events: readonly WatchdogEvent[]): Promise<void>
}

/** An event bus of AWS, by its name or ARN. The SDK repeats what failed as a whole; what failed in part is repeated here. */
export function eventBus(name: string): Events {
  const client = new EventBridgeClient({
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })

  /** Those that were refused, with why. */
  async function put(entries: PutEventsRequestEntry[]): Promise<Refused[]> {
    const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries }))
    return entries.flatMap((entry, i) => {
      const result = Entries[i]
      return result?.EventId ? [] : { entry, result }
    })
  }

  async function putAll(entries: PutEventsRequestEntry[]): Promise<Refused[]> {
    for (let attempt = 1; ; attempt++) {
      const refused = await put(entries)
      if (refused.length === 0 || attempt === ATTEMPTS) return refused
      entries = refused.map(({ entry }) => entry)
      await sleep(100 * 2 ** attempt * (0.5 + Math.random() / 2))
    }
  }

  return {
    async publish(events) {
      const entries = events.map(event => entryOf(event, name))
      try {
        const refused = (await Array.fromAsync(batches(entries), putAll)).flat()
        if (!refused[0]) return
        const { entry, result } = refused[0]
        throw new Failure(
          `event bus "${name}" did not take ${refused.length} of ${events.length} events, the first of them ` +
            `"${entry.DetailType}": ${result?.ErrorCode ?? 'no answer'} ${result?.ErrorMessage ?? ''}. The next run tries again.`,
        )
      } catch (error) {
        if (error instanceof Failure) throw error
        const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
        throw new Failure(
          `cannot publish to event bus "${name}": ${why}. Grant events:PutEvents on it, or correct EVENT_BUS.`,
          { cause: error },
        )
      }
    },
  }
}

interface Refused {
  entry: PutEventsRequestEntry
  result: PutEventsResultEntry | undefined
}

function entryOf({ type, detail }: WatchdogEvent, bus: string): PutEventsRequestEntry {
  const entry = {
    EventBusName: bus,
    Source: 'offset-watchdog',
    DetailType: type,
    Time: new Date(detail.takenAt),
    Detail: JSON.stringify(detail),
  }
  if (sizeOf(entry) <= MAX_BYTES) return entry
  throw new Failure(
    `the event "${type}" ${detail.id} of cluster "${detail.cluster}" has more than 256 KB, which EventBridge does not take. ` +
      'Please report it.',
  )
}

/** As EventBridge counts: 14 bytes for the time, and the texts in UTF-8. */
const sizeOf = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry) =>
  14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail)

function* batches(entries: PutEventsRequestEntry[]): Generator<PutEventsRequestEntry[]> {
  let batch: PutEventsRequestEntry[] = []
  let bytes = 0
  for (const entry of entries) {
    if (batch.length === MAX_ENTRIES || bytes + sizeOf(entry) > MAX_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += sizeOf(entry)
  }
  if (batch.length > 0) yield batch
}
