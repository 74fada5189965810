const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const separators = /([-_.:/@#~]+)/
const VARIABLE = '…'

/**
 * The common pattern of names that differ only in numbers or random parts: `ci-8f3a91c2` and `ci-77` are both `ci-…`,
 * `orders-v2` is `orders-v…`.
 */
export function nameFamily(name: string): string {
  const parts = name.replaceAll(uuid, VARIABLE).split(separators)
  const kinds = parts.map((part, i) => {
    // Kubernetes: a pod's name ends with the hash of its ReplicaSet and five characters without vowels.
    const isPod = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/.test(part) && isRandom(parts[i - 2] ?? '')
    return isRandom(part) || isPod ? VARIABLE : part.replaceAll(/\d+/g, VARIABLE)
  })
  return kinds.join('').replaceAll(/…(?:[-_.:/@#~]*…)+/g, VARIABLE)
}

/** Hexadecimal with a digit, or a mix of letters and digits, or of capital and small letters. */
function isRandom(part: string): boolean {
  if (part === VARIABLE || /^\d+$/.test(part)) return true
  if (/^[0-9a-f]{6,}$/i.test(part) && /\d/.test(part)) return true
  const turns = (pattern: RegExp) => part.match(pattern)?.length ?? 0
  if (part.length >= 5 && turns(/[a-z]\d|\d[a-z]/gi) >= 2) return true
  return part.length >= 12 && turns(/[a-z][A-Z]|\d[A-Za-z]/g) >= 3
}

/** Fewer names than this are listed one by one. */
export const FAMILY = 5

export interface NameGroup<T> {
  /** Undefined for a single item, which keeps its own name. */
  family: string | undefined
  items: [T, ...T[]]
}

/** Groups items with similar names, each group at the position of its first item. */
export function alike<T>(items: readonly T[], nameOf: (item: T) => string): NameGroup<T>[] {
  const families = Map.groupBy(items, item => nameFamily(nameOf(item)))
  return items.flatMap((item): NameGroup<T>[] => {
    const family = nameFamily(nameOf(item))
    const [first, ...others] = families.get(family) ?? []
    if (first === undefined || others.length + 1 < FAMILY) return [{ family: undefined, items: [item] }]
    return item === first ? [{ family, items: [first, ...others] }] : []
  })
}
