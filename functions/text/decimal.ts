/** An int64 as JSON has it: a decimal string, since a number of JSON is exact only up to 2 ** 53. */
export const decimal = (value: bigint | null): string | null => (value === null ? null : String(value))
