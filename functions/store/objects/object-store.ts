/** Bytes `offset` to `offset + length` of an object. */
export interface ByteRange {
  offset: number
  length: number
}

/**
 * What the snapshots and the alert state need of a place that keeps objects: the conditional writes of S3 and of Google
 * Cloud Storage, which a folder can imitate. Keys are made by keys.ts: ASCII, parts divided by `/`. An object is either created, once and
 * for ever, or replaced again and again; never both. test/store/objects/contract.ts says the rest.
 */
export interface ObjectStore {
  /** As a person names it: a folder's path, `s3://bucket/prefix` or `gs://bucket/prefix`. */
  readonly location: string

  /**
   * Writes once. The same bytes under the same key are a success, so a retry does no harm; other bytes throw
   * AlreadyExists. S3: PutObject with If-None-Match.
   *
   * @param mark how long it stays, for a store that removes old objects itself
   */
  create(key: string, bytes: Uint8Array, mark?: Mark): Promise<void>

  /**
   * A created object, or a range of it: fewer bytes where it ends earlier, undefined where there is none.
   *
   * @param limit bytes; a larger object is not read, but throws TooLarge
   */
  read(key: string, range?: ByteRange, limit?: number): Promise<Uint8Array | undefined>

  /** Keys of created objects that begin with `prefix` and come after `after`, in the order of their bytes. */
  list(prefix: string, after?: string): AsyncIterable<string>

  /** A replaced object as it is now, with the version to replace it by. */
  readVersioned(key: string): Promise<Versioned | undefined>

  /**
   * Replaces the object that is still at `version` (undefined: that is not there yet) and returns the new version.
   * Throws Conflict where somebody else was faster. S3: PutObject with If-Match; an ETag names the content, so bytes
   * that were there before may bring their version back. Where an answer was lost and the request repeated, the same
   * bytes are taken for its own: a writer that must not mistake another's for them puts the id of its run in.
   */
  replace(key: string, bytes: Uint8Array, version: string | undefined): Promise<string>

  /** Removes a created object, or does nothing. Undefined where old objects are removed by other means (S3: lifecycle). */
  readonly remove: ((key: string) => Promise<void>) | undefined

  /** The marks of created objects. Undefined where old objects are removed by `remove`. */
  readonly marks: Marks | undefined

  /** Throws a Failure unless it can be written, and leaves nothing behind. */
  probe(): Promise<void>
}

/** How long a snapshot is kept: as the first of its day 13 months, the first of its hour 90 days, another 14 days. */
export const keeps = ['day', 'hour', 'other', 'unknown'] as const
export type Keep = (typeof keeps)[number]

/** S3: the tag `keep`, by which lifecycle rules remove objects. No rule removes what is marked as the newest. */
export type Mark = Keep | 'newest'

export interface Marks {
  /** Undefined where there is no such object, or it has no mark. */
  read(key: string): Promise<string | undefined>
  /** The bucket refuses it where the mark is not `newest`. */
  replace(key: string, keep: Keep): Promise<void>
}

export interface Versioned {
  bytes: Uint8Array
  version: string
}

/** An object is larger than its reader expects. */
export class TooLarge extends Error {
  constructor(key: string, limit: number) {
    super(`${key} is larger than ${limit} bytes`)
  }
}

/** Other bytes are kept under this key already. */
export class AlreadyExists extends Error {
  constructor(key: string) {
    super(`${key} exists with other content`)
  }
}

/** Which right a failed request to the store needed. */
export type Action = 'read' | 'write'
