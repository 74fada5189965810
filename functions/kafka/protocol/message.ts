import { Reader, Undecodable } from './reader.ts'
import { Writer } from './writer.ts'

/** One of Kafka's requests with its response, in every version that this code speaks. */
export interface Message<Request, Response> {
  readonly name: string
  /** Kafka's API key. */
  readonly key: number
  readonly versions: readonly [min: number, max: number]
  /** The bytes that follow the client id in the request. */
  encode(request: Request, version: number): Buffer
  /** @param payload The bytes that follow the correlation id in the response. @throws Undecodable */
  decode(payload: Buffer, request: Request, version: number): Response
}

interface Layout<Request, Response> {
  name: string
  key: number
  versions: readonly [min: number, max: number]
  /** The first version with compact types and tagged fields (KIP-482). */
  flexibleFrom: number
  write(w: Writer, request: Request, version: number): void
  /** The request is passed in, since some responses do not repeat it. */
  read(r: Reader, version: number, request: Request): Response
}

/** Makes a message from its layout, which follows Kafka's `common/message/*.json`. */
export function message<Request, Response>(layout: Layout<Request, Response>): Message<Request, Response> {
  const { name, key, versions, flexibleFrom } = layout

  return {
    name,
    key,
    versions,

    encode(request, version) {
      const w = new Writer(version >= flexibleFrom)
      // kafkajs writes the header up to the client id. In a flexible version the header ends with tagged fields, and so
      // does the body.
      w.tags()
      layout.write(w, request, version)
      w.tags()
      return w.bytes()
    },

    decode(payload, request, version) {
      const r = new Reader(payload, version >= flexibleFrom)
      try {
        r.tags()
        const response = layout.read(r, version, request)
        r.tags()
        r.done()
        return response
      } catch (cause) {
        if (!(cause instanceof Undecodable)) throw cause
        const place = `byte ${r.at} of ${r.end}`
        throw new Undecodable(`${name} v${version}: ${cause.message} (${place})`, { cause })
      }
    },
  }
}

/**
 * The only item. FindCoordinator before v4 (KIP-699) and OffsetFetch before v8 (KIP-709) are about one group, so
 * callers ask for one at a time.
 */
export function theOnly<T>(items: readonly T[]): T {
  const [item] = items
  if (item === undefined || items.length > 1)
    throw new RangeError(`expected exactly one item, not ${items.length}`)
  return item
}

/** Value of the bit field if the operations were not asked for, or the broker does not report them. */
const OPERATIONS_UNKNOWN = -(2 ** 31)

/** The authorized operations of a resource, as a bit field of AclOperation codes; null if unknown. */
export function operations(r: Reader): number | null {
  const bits = r.int32()
  return bits === OPERATIONS_UNKNOWN ? null : bits
}
