import { readFileSync, writeFileSync } from 'node:fs'
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

/**
 * Leaves in a bundle's source map what is ours, so that a stack names our files and lines: a map of all that is bundled
 * would be larger than the bundle.
 */
export function keepOwnSources(file: string): void {
  const map: { sources: string[]; names: string[]; mappings: string } = JSON.parse(readFileSync(file, 'utf8'))
  const isOwn = map.sources.map(source => !source.includes('node_modules/'))
  const sources = map.sources.filter((_, i) => isOwn[i])
  const places = isOwn.map((_, i) => isOwn.slice(0, i).filter(Boolean).length)

  const mappings = decode(map.mappings).map(line =>
    line
      .map(
        (segment): SourceMapSegment =>
          segment.length > 1 && isOwn[segment[1] ?? 0]
            ? [segment[0], places[segment[1] ?? 0] ?? 0, segment[2] ?? 0, segment[3] ?? 0]
            : [segment[0]],
      )
      // One segment says of all that follows that it is not ours.
      .filter((segment, i, all) => segment.length > 1 || all[i - 1]?.length !== 1),
  )
  writeFileSync(file, JSON.stringify({ ...map, sources, names: [], mappings: encode(mappings) }))
}
