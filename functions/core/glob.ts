/**
 * The texts between the `*` of each pattern. Patterns come only from settings, commands and the rules of people, so the
 * map stays small.
 */
const literalsOf = new Map<string, readonly string[]>()

/**
 * True if a pattern matches a whole group id; `*` stands for any characters. The time grows linearly with the length of
 * the group id, which is untrusted input. A regular expression could backtrack.
 */
export function matches(pattern: string, group: string): boolean {
  const literals = literalsOf.get(pattern) ?? pattern.split('*')
  literalsOf.set(pattern, literals)

  const [first = '', ...others] = literals
  const last = others.pop()
  if (last === undefined) return group === first

  const end = group.length - last.length
  if (first.length > end || !group.startsWith(first) || !group.endsWith(last)) return false
  let position = first.length
  for (const literal of others) {
    const found = group.indexOf(literal, position)
    if (found < 0) return false
    position = found + literal.length
  }
  return position <= end
}
