import * as v from 'valibot'

/**
 * A value as this version knows it. A later version may have added one to the list: its files stay readable, and the
 * value reads as `unknown`.
 */
export const knownIn = <const T extends string>(list: readonly T[], value: string | null): T | 'unknown' =>
  list.find(known => known === value) ?? 'unknown'

/** The schema of such a value in a stored file. */
export const oneOf = <const T extends string>(list: readonly T[]) =>
  v.pipe(
    v.string(),
    v.transform(value => knownIn(list, value)),
  )
