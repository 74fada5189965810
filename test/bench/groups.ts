/** Of the benchmark: by number, from `from` to before `to`. */
export const groupNames = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `team-${(from + i) % 97}.service-${from + i}`)
