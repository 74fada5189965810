import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'

const functions = fileURLToPath(new URL('../../functions', import.meta.url))
const files = readdirSync(functions, { recursive: true, encoding: 'utf8' }).filter(name =>
  name.endsWith('.ts'),
)

/** The files that a file imports at run time: an `import type` does not count. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(functions, file), 'utf8')
  const from =
    /^(?:import|export)\s(?!type\s)[^'"]*?['"](\.{1,2}\/[^'"]+\.ts)['"]|\bimport\(['"](\.[^'"]+)['"]\)/gm
  return [...text.matchAll(from)].map(([, one, other]) =>
    relative(functions, join(functions, dirname(file), one ?? other ?? '')),
  )
}

function reachOf(file: string, reached = new Set<string>()): Set<string> {
  if (reached.has(file)) return reached
  reached.add(file)
  for (const next of importsOf(file)) reachOf(next, reached)
  return reached
}

const handlers = files.filter(file =>
  /^export const handler\b/m.test(readFileSync(join(functions, file), 'utf8')),
)

describe('nothing that is deployed can write to Kafka', () => {
  test('there are handlers, and they reach the code that reads', () => {
    expect(handlers).toEqual(expect.arrayContaining(['handlers/snapshot.ts', 'handlers/watch.ts']))
    expect(reachOf('handlers/snapshot.ts')).toContain('kafka/protocol/messages/offset-fetch.ts')
  })

  test.each(handlers)('%s reaches no code that writes', handler => {
    const reached = reachOf(handler)
    expect(
      [...reached].filter(file =>
        /write-offsets|offset-commit|(jobs|wiring|commands)\/(propose-)?restore/.test(file),
      ),
    ).toEqual([])
  })

  test('only the restore command reaches OffsetCommit', () => {
    const reaching = files.filter(file => reachOf(file).has('kafka/protocol/messages/offset-commit.ts'))
    const restore = [
      'cli/commands/restore.ts',
      'wiring/restore.ts',
      'kafka/write-offsets.ts',
      'kafka/protocol/messages/offset-commit.ts',
    ]
    expect(reaching).toEqual(expect.arrayContaining(restore))
    // The other files that reach OffsetCommit are the command line itself.
    const others = reaching.filter(file => !restore.includes(file))
    expect(others.filter(file => !['cli/main.ts', 'cli/program.ts'].includes(file))).toEqual([])
  })

  test('no other message changes anything', () => {
    const keys = files
      .filter(file => file.startsWith('kafka/protocol/messages/'))
      .flatMap(file => [...readFileSync(join(functions, file), 'utf8').matchAll(/^ {2}key: (\d+),$/gm)])
      .map(([, key]) => Number(key))
    // Fetch, ListOffsets, Metadata, OffsetCommit, OffsetFetch, FindCoordinator, DescribeGroups, ListGroups,
    // SaslHandshake, DescribeConfigs, ConsumerGroupDescribe, StreamsGroupDescribe.
    const known = [1, 2, 3, 8, 9, 10, 15, 16, 17, 32, 69, 89]
    expect(keys.filter(key => !known.includes(key))).toEqual([])
    expect(keys).toContain(8)
  })
})
