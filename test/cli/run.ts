import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const cli = fileURLToPath(new URL('../../functions/cli.ts', import.meta.url))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the command line as its own process, with these settings and no others. */
export async function run(args: string[], settings: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const { child, ended } = start(args, settings)
  child.stdin.end()
  return ended
}

export function start(args: string[], settings: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [cli, ...args], { env: { PATH: process.env.PATH, ...settings } })
  const code = new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]): Ended => ({ code, stdout, stderr }),
  )
  return { child, ended }
}
