/** The candidate that a typing error away from `word` may have meant, or undefined where none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestOf(word, candidates, 1)[0]
}

/**
 * Up to `count` candidates, the nearest first: those that differ in a third of the characters, three at most, and those
 * of which `word` is a part.
 */
export function nearestOf(word: string, candidates: Iterable<string>, count: number): string[] {
  const lower = word.toLowerCase()
  const reach = Math.min(3, Math.ceil(word.length / 3))

  const near: { candidate: string; distance: number }[] = []
  for (const candidate of candidates) {
    const distance = distanceWithin(reach, lower, candidate.toLowerCase())
    if (distance <= reach) near.push({ candidate, distance })
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** Whoever leaves out `-v1` at the end means the same group. */
function distanceWithin(reach: number, word: string, candidate: string): number {
  if (word.length >= 3 && candidate.includes(word)) return reach
  return Math.abs(candidate.length - word.length) > reach ? Infinity : editDistance(word, candidate)
}

/** Levenshtein's distance: characters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (const [i, char] of Array.from(a).entries()) {
    const row = [i + 1]
    for (const [j, other] of Array.from(b).entries()) {
      const replace = (previous[j] ?? 0) + (char === other ? 0 : 1)
      row.push(Math.min(replace, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
    previous = row
  }
  return previous.at(-1) ?? 0
}
