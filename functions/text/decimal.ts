/** An int64 for JSON: a decimal string, since a JSON number is exact only up to 2 ** 53. */
export const decimal = (value: bigint | null): string | null => (value === null ? null : String(value))
