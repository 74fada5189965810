/** Stands for null among the numbers of a StringColumn. */
export const NULL_STRING = -1

/**
 * A column of strings, in Parquet's form: each distinct string once, and a number for each row. Neither comparing rows
 * nor writing a file needs the strings themselves, and the garbage collector has nothing to walk through.
 */
export class StringColumn {
  readonly strings: string[] = []
  /** For each row an index into `strings`, or NULL_STRING. */
  readonly numbers: Int32Array
  readonly #numberOf = new Map<string, number>()
  // Rows are sorted, so neighbours are often equal.
  #last: string | null = null
  #number = NULL_STRING

  /** Allocates `capacity` rows; the first `nulls` of them are null. */
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

  /** The number of a string; a new string gets the next number. */
  numberOf(value: string): number {
    const known = this.#numberOf.get(value)
    if (known !== undefined) return known
    this.#numberOf.set(value, this.strings.length)
    return this.strings.push(value) - 1
  }
}
