/** What stands for null among the numbers of a StringColumn. */
export const NULL_STRING = -1

/**
 * A column of strings, as Parquet keeps it: each different string once, and for each row its number. Neither a
 * comparison of rows nor a file needs the strings themselves, and the garbage collector has nothing to walk through.
 */
export class StringColumn {
  readonly strings: string[] = []
  /** Of each row: an index of `strings`, or NULL_STRING. */
  readonly numbers: Int32Array
  readonly #numberOf = new Map<string, number>()
  // Rows are sorted, so neighbours are often alike.
  #last: string | null = null
  #number = NULL_STRING

  /** Room for `capacity` rows; those up to `nulls` are null. */
  constructor(capacity: number, nulls = 0) {
    this.numbers = new Int32Array(capacity).fill(NULL_STRING, 0, nulls)
  }

  get length(): number {
    return this.numbers.length
  }

  get(row: number): string | null {
    const number = this.numbers[row] ?? NULL_STRING
    return number === NULL_STRING ? null : (this.strings[number] ?? null)
  }

  set(row: number, value: string | null): void {
    if (value !== this.#last) {
      this.#last = value
      this.#number = value === null ? NULL_STRING : this.numberOf(value)
    }
    this.numbers[row] = this.#number
  }

  /** The number of a string, which it is given now unless it has one. */
  numberOf(value: string): number {
    const known = this.#numberOf.get(value)
    if (known !== undefined) return known
    this.#numberOf.set(value, this.strings.length)
    return this.strings.push(value) - 1
  }
}
