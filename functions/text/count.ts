/** `1 record`, `12,345 records` */
export const count = (n: bigint | number, noun: string): string =>
  `${n.toLocaleString('en-US')} ${noun}${Number(n) === 1 ? '' : 's'}`

/**
 * `at most 12 records`, for a difference of two offsets. Transaction markers and aborted records take offsets, too, and
 * a compacted topic has gaps, so there may be fewer records.
 */
export const atMost = (n: bigint, noun: string): string =>
  n === 0n ? count(n, noun) : `at most ${count(n, noun)}`
