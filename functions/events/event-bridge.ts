import { setTimeout as sleep } from 'node:timers/promises'
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge'
import type { WatchdogEvent } from '../contracts/events/event.ts'
import { Failure } from '../core/model/failure.ts'
import { BusFailure, type Events, type Unsent } from '../jobs/ports.ts'

/** Limit of one request. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
const MAX_ENTRIES = 10
const MAX_BYTES = 256 * 1024
const ATTEMPTS = 5

/**
 * An AWS event bus, by its name or ARN. The SDK retries requests that failed; this code retries the entries that one
 * request refused.
 */
export function eventBus(name: string): Events {
  const client = new EventBridgeClient({
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  })

  /**
   * Sends one request.
   * @throws BusFailure
   */
  async function put(entries: readonly Entry[]): Promise<RefusedEntry[]> {
    try {
      const { Entries = [] } = await client.send(
        new PutEventsCommand({ Entries: entries.map(({ entry }) => entry) }),
      )
      return entries.flatMap(({ event, entry }, i) =>
        Entries[i]?.EventId ? [] : { event, entry, result: Entries[i] },
      )
    } catch (cause) {
      const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
      throw new BusFailure(
        `cannot publish to event bus "${name}": ${why}. Grant events:PutEvents on it, or correct EVENT_BUS.`,
        { cause },
      )
    }
  }

  async function putAll(batch: readonly Entry[]): Promise<Unsent[]> {
    let open = batch
    for (let attempt = 1; ; attempt++) {
      try {
        const refused = await put(open)
        if (refused.length === 0 || attempt === ATTEMPTS)
          return refused.map(({ event, result }) => ({ event, why: refusal(name, event, result) }))
        open = refused
      } catch (error) {
        if (!(error instanceof BusFailure)) throw error
        return open.map(({ event }) => ({ event, why: error }))
      }
      await sleep(100 * 2 ** attempt * (0.5 + Math.random() / 2))
    }
  }

  return {
    async publish(events) {
      const entries = events.map(event => ({ event, entry: entryOf(event, name) }))
      const isTooLarge = ({ entry }: Entry) => sizeOf(entry) > MAX_BYTES
      const unsent: Unsent[] = entries
        .filter(isTooLarge)
        .map(({ event }) => ({ event, why: tooLarge(event) }))

      let down: Unsent | undefined
      for (const batch of batches(entries.filter(entry => !isTooLarge(entry)))) {
        const why = down?.why
        const left = why ? batch.map(({ event }) => ({ event, why })) : await putAll(batch)
        down = left.find(failed => failed.why instanceof BusFailure)
        unsent.push(...left)
      }
      return unsent
    },
  }
}

interface Entry {
  event: WatchdogEvent
  entry: PutEventsRequestEntry
}

interface RefusedEntry extends Entry {
  result: PutEventsResultEntry | undefined
}

const refusal = (bus: string, { type, detail }: WatchdogEvent, result: PutEventsResultEntry | undefined) =>
  new Failure(
    `event bus "${bus}" did not take "${type}" ${detail.id}: ${result?.ErrorCode ?? 'no answer'} ` +
      `${result?.ErrorMessage ?? ''}. The next run tries again.`,
  )

const tooLarge = ({ type, detail }: WatchdogEvent) =>
  new Failure(
    `the event "${type}" ${detail.id} of cluster "${detail.cluster}" is larger than 256 KB, the limit of EventBridge. ` +
      'Please report it.',
  )

const entryOf = ({ type, detail }: WatchdogEvent, bus: string): PutEventsRequestEntry => ({
  EventBusName: bus,
  Source: 'offset-watchdog',
  DetailType: type,
  Time: new Date(detail.takenAt),
  Detail: JSON.stringify(detail),
})

/** By EventBridge's count: 14 bytes for the time, and the texts in UTF-8. */
const sizeOf = ({ Source = '', DetailType = '', Detail = '' }: PutEventsRequestEntry) =>
  14 + Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail)

function* batches(entries: readonly Entry[]): Generator<Entry[]> {
  let batch: Entry[] = []
  let bytes = 0
  for (const entry of entries) {
    const size = sizeOf(entry.entry)
    if (batch.length === MAX_ENTRIES || bytes + size > MAX_BYTES) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(entry)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
