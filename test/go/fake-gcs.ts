import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { goProgram } from './program.ts'

export interface Gcs extends AsyncDisposable {
  /** The value of STORAGE_EMULATOR_HOST. */
  readonly url: string
  makeBucket(name: string): Promise<void>
}

/**
 * Starts fake-gcs-server, an empty emulator of Google Cloud Storage. The emulator ends with this process at the latest.
 */
export async function startGcs(): Promise<Gcs> {
  const program = await goProgram(fileURLToPath(new URL('fake-gcs', import.meta.url)))
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (value === undefined) throw new Error('fake-gcs-server did not start')
  const url = String(value)
  return {
    url,
    async makeBucket(name) {
      const { ok, status } = await fetch(`${url}/storage/v1/b?project=test`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name }),
      })
      if (!ok) throw new Error(`fake-gcs-server answers ${status} to a new bucket`)
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
