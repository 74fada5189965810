/** The names of the benchmark's groups number [from, to). */
export const groupNames = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `team-${(from + i) % 97}.service-${from + i}`)
