import { readFileSync, writeFileSync } from 'node:fs'
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec'

/**
 * Keeps only our own files in a bundle's source map, so that stack traces name our files and lines. A map of the whole
 * bundle would be larger than the bundle.
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
      // A segment applies until the next one, so equal ones can go. Stack traces need no columns.
      .filter(([, source, line], i, all) => {
        const [, sourceBefore, lineBefore] = all[i - 1] ?? [0, -1]
        return source !== sourceBefore || line !== lineBefore
      }),
  )
  writeFileSync(file, JSON.stringify({ ...map, sources, names: [], mappings: encode(mappings) }))
}
