/** `12,345`, for an integer. The first `toLocaleString` of a process takes 25 ms. */
export const grouped = (n: bigint | number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 record`, `12,345 records` */
export const count = (n: bigint | number, noun: string): string =>
  `${grouped(n)} ${noun}${Number(n) === 1 ? '' : 's'}`

/** ` and 2 other partitions`, after the first of 3; empty after the only one. */
export const andOthers = (partitions: number): string =>
  partitions > 1 ? ` and ${count(partitions - 1, 'other partition')}` : ''

/**
 * `at most 12 records`, for a difference of two offsets. Transaction markers and aborted records take offsets, too, and
 * a compacted topic has gaps, so there may be fewer records.
 */
export const atMost = (n: bigint, noun: string): string =>
  n === 0n ? count(n, noun) : `at most ${count(n, noun)}`
