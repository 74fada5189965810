/** Bytes `offset` to `offset + length` of an object. */
export interface ByteRange {
  offset: number
  length: number
}

/**
 * A place for objects, for snapshots and the alert state. Every store has the conditional writes of S3 and Google Cloud
 * Storage; a folder imitates them. keys.ts makes the keys: ASCII, parts divided by `/`. An object is either created
 * once and never changed, or replaced repeatedly; never both. test/store/objects/contract.ts states the rest.
 */
export interface ObjectStore {
  /** The location as users name it: a folder's path, `s3://bucket/prefix` or `gs://bucket/prefix`. */
  readonly location: string

  /**
   * Writes once. The same bytes under the same key succeed, so a retry does no harm; other bytes throw AlreadyExists.
   * S3: PutObject with If-None-Match.
   * @param mark how long the object stays, in a store that removes old objects itself
   */
  create(key: string, bytes: Uint8Array, mark?: Mark): Promise<void>

  /**
   * Reads a created object, or a range of it: fewer bytes if the object ends earlier, undefined if it does not exist.
   * @param limit bytes; a larger object is not read, but throws TooLarge
   */
  read(key: string, range?: ByteRange, limit?: number): Promise<Uint8Array | undefined>

  /** Keys of created objects that begin with `prefix` and come after `after`, in byte order. */
  list(prefix: string, after?: string): AsyncIterable<string>

  /** The current content of a replaced object, with its version for `replace`. */
  readVersioned(key: string): Promise<Versioned | undefined>

  /**
   * Replaces the object if it is still at `version` (undefined: it does not exist yet), and returns the new version.
   * Throws Conflict if it is not. S3: PutObject with If-Match; two writes of the same bytes have the same ETag, so an old
   * version may come back. After a lost answer the request is repeated, and identical bytes count as its own. A writer
   * that must tell its bytes from another's puts its run's id into them.
   */
  replace(key: string, bytes: Uint8Array, version: string | undefined): Promise<string>

  /** Removes a created object, if it exists. Undefined if old objects are removed by other means (S3: lifecycle). */
  readonly remove: ((key: string) => Promise<void>) | undefined

  /** The marks of created objects. Undefined if `remove` removes old objects. */
  readonly marks: Marks | undefined

  /** Throws a Failure unless the store can be written to. Leaves nothing behind. */
  probe(): Promise<void>
}

/** How long a snapshot stays: the first of its day 13 months, the first of its hour 90 days, any other 14 days. */
export const keeps = ['day', 'hour', 'other', 'unknown'] as const
export type Keep = (typeof keeps)[number]

/** S3: the tag `keep`, by which lifecycle rules remove objects. No rule removes an object with the mark `newest`. */
export type Mark = Keep | 'newest'

export interface Marks {
  /** Undefined if the object does not exist, or has no mark. */
  read(key: string): Promise<string | undefined>
  /** The bucket refuses this unless the mark is `newest`. */
  replace(key: string, keep: Keep): Promise<void>
}

export interface Versioned {
  bytes: Uint8Array
  version: string
}

/** An object is larger than its reader allows. */
export class TooLarge extends Error {
  constructor(key: string, limit: number) {
    super(`${key} is larger than ${limit} bytes`)
  }
}

/** The key already holds other bytes. */
export class AlreadyExists extends Error {
  constructor(key: string) {
    super(`${key} exists with other content`)
  }
}

/** The purpose of a request to the store. The sentence of a failure names it. */
export type Action = 'read' | 'write'
