import * as v from 'valibot'

/**
 * Reads a value of a closed list. A value that a later version of this program added becomes `unknown`, so that this
 * version can read the files of the later one.
 */
export const knownIn = <const T extends string>(list: readonly T[], value: string | null): T | 'unknown' =>
  list.find(known => known === value) ?? 'unknown'

/** The schema for a value of a closed list in a stored file. */
export const oneOf = <const T extends string>(list: readonly T[]) =>
  v.pipe(
    v.string(),
    v.transform(value => knownIn(list, value)),
  )
