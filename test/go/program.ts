import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOnce } from '../brokers/make-once.ts'

const run = promisify(execFile)

/** Go's version as Go prints it; undefined if Go is not installed. */
export async function goVersion(): Promise<string | undefined> {
  try {
    return (await run('go', ['version'])).stdout.trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Builds a Go program from the Go module proxy, once for each state of its go.mod, and returns its path. The first build
 * of a large module takes minutes.
 * @param source the folder of its go.mod and main.go
 */
export async function goProgram(source: string): Promise<string> {
  const name = basename(source)
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'main.go']) hash.update(await readFile(join(source, file)))
  const version = hash.digest('hex').slice(0, 12)
  const folder = fileURLToPath(new URL(`../../.cache/${name}-${version}`, import.meta.url))
  await makeOnce(folder, draft => run('go', ['build', '-o', join(draft, name), '.'], { cwd: source }))
  return join(folder, name)
}
