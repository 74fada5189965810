import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const source = fileURLToPath(new URL('kfake/', import.meta.url))

/** As Go says it; undefined where Go is not installed. */
export async function goVersion(): Promise<string | undefined> {
  try {
    return (await promisify(execFile)('go', ['version'])).stdout.trim()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

export interface Kfake extends AsyncDisposable {
  /** host:port of each broker. */
  readonly bootstrap: readonly string[]
}

/** franz-go's kfake, built from the Go module proxy. It ends with this process at the latest. */
export async function startKfake(): Promise<Kfake> {
  const folder = await mkdtemp(join(tmpdir(), 'kfake-'))
  const program = join(folder, 'kfake')
  await promisify(execFile)('go', ['build', '-o', program, '.'], { cwd: source })
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (value === undefined) throw new Error('kfake did not start')
  return {
    bootstrap: String(value).split(','),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}
