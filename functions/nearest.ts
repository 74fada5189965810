/** The candidate that a typing error away from `word` may have meant, or undefined where none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  return nearestOf(word, candidates, 1)[0]
}

/** Up to `count` candidates, the nearest first. Far is what differs in more than a quarter of its characters, or in more than three. */
export function nearestOf(word: string, candidates: Iterable<string>, count: number): string[] {
  const lower = word.toLowerCase()
  const reach = Math.min(3, Math.max(1, Math.floor(word.length / 4)))

  const near: { candidate: string; distance: number }[] = []
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > reach) continue
    const distance = editDistance(lower, candidate.toLowerCase())
    if (distance <= reach) near.push({ candidate, distance })
  }
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate)
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
