/** The candidate that `word` probably misspells; undefined if none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestOf(word, candidates, 1)[0]
}

/**
 * Up to `count` candidates, the nearest first: those that differ in at most a third of the characters and at most
 * three, and those that contain `word`.
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

/** A missing `-v1` at the end counts as a small difference. */
function distanceWithin(reach: number, word: string, candidate: string): number {
  if (word.length >= 3 && candidate.includes(word)) return reach
  return Math.abs(candidate.length - word.length) > reach ? Infinity : editDistance(word, candidate)
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
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
