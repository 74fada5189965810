import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { goProgram } from '../go/program.ts'

export interface Kfake extends AsyncDisposable {
  /** host:port of each broker. */
  readonly bootstrap: readonly string[]
}

/** franz-go's kfake, built from the Go module proxy. The server ends with this process at the latest. */
export async function startKfake(): Promise<Kfake> {
  const program = await goProgram(fileURLToPath(new URL('kfake', import.meta.url)))
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next()
  if (value === undefined) throw new Error('kfake did not start')
  return {
    bootstrap: String(value).split(','),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await ended
    },
  }
}
