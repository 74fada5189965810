import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The packed program if Jest's set-up has bundled it, else the sources. */
export const cli =
  process.env.BUNDLED_CLI ?? fileURLToPath(new URL('../../functions/cli/main.ts', import.meta.url))

/** Runs the command line as a separate process until it ends, with only these settings. */
export async function run(args: string[], settings: NodeJS.ProcessEnv = {}) {
  const { child, ended } = start(args, settings)
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

/** The running process. `ended` resolves to its exit code, or to null if a signal ended it. */
export function start(args: string[], settings: NodeJS.ProcessEnv) {
  const env = { PATH: process.env.PATH, ...settings }
  const child = spawn(process.execPath, [cli, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('exit', resolve).on('error', reject))
  return { child, ended }
}
