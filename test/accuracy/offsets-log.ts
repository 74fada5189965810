import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Kafka's names and numbers: CompressionType. A batch carries the number in the lowest bits of its attributes. */
export const compressions = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

/**
 * Facts from the files of `__consumer_offsets`, to check that the topic was compressed and compacted as the run's title
 * says.
 */
export interface LogFacts {
  /** Number of batches by compression. */
  batches: Map<string, number>
  /** Partitions that the cleaner has processed. */
  cleaned: Set<number>
}

/** @param folder of a cluster's data */
export async function readOffsetsLog(folder: string): Promise<LogFacts> {
  const facts: LogFacts = { batches: new Map(), cleaned: new Set() }
  const files = await readdir(folder, { recursive: true })

  for (const file of files.filter(name => /__consumer_offsets-\d+\/\d+\.log$/.test(name)))
    for (const attributes of batchAttributes(await readFile(join(folder, file)))) {
      const [name = 'unknown'] =
        Object.entries(compressions).find(([, number]) => number === (attributes & 7)) ?? []
      facts.batches.set(name, (facts.batches.get(name) ?? 0) + 1)
    }

  for (const file of files.filter(name => name.endsWith('cleaner-offset-checkpoint'))) {
    const lines = await readFile(join(folder, file), 'utf8')
    for (const [, partition] of lines.matchAll(/^__consumer_offsets (\d+) \d+$/gm))
      facts.cleaned.add(Number(partition))
  }
  return facts
}

/** A batch begins with base offset (8 bytes), length (4), leader epoch (4), magic (1), CRC (4), attributes (2). */
function* batchAttributes(log: Buffer): Generator<number> {
  for (let at = 0; at + 23 <= log.length; ) {
    const length = log.readInt32BE(at + 8)
    if (length <= 0) return
    yield log.readInt16BE(at + 21)
    at += 12 + length
  }
}
