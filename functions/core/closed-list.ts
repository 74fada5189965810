import * as v from 'valibot'

/**
 * Reads a value of a closed list. A value that a later version of this program added becomes `unknown`, so that its
 * files stay readable.
 */
export const knownIn = <const T extends string>(list: readonly T[], value: string | null): T | 'unknown' =>
  list.find(known => known === value) ?? 'unknown'

/** The schema of such a value in a stored file. */
export const oneOf = <const T extends string>(list: readonly T[]) =>
  v.pipe(
    v.string(),
    v.transform(value => knownIn(list, value)),
  )
