import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { until } from '../brokers/until.ts'

const program = fileURLToPath(new URL('demo.ts', import.meta.url))

export interface RunningDemo {
  /** The printed lines so far, without their indent. */
  said: string[]
  /** Waits for a line with this beginning, and for a process that the demo has started. Returns all such processes. */
  descendantsAt(beginning: string): Promise<number[]>
  kill(signal: NodeJS.Signals): void
  /** Resolves to the exit code. */
  ended: Promise<number | null>
}

/**
 * `npm run demo` without npm.
 * @param folder its TMPDIR
 */
export function startDemo(folder: string, slack: NodeJS.ProcessEnv): RunningDemo {
  const env = { ...process.env, TMPDIR: folder, ...slack }
  const demo = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  createInterface({ input: demo.stdout }).on('line', text => said.push(text.trim()))
  return {
    said,
    async descendantsAt(beginning) {
      return until(async () => {
        if (!said.some(text => text.startsWith(beginning))) return undefined
        const found = await descendantsOf(Number(demo.pid))
        return found.length > 0 && found
      })
    },
    kill: signal => void demo.kill(signal),
    ended: once(demo, 'close').then(([code]) => code),
  }
}

/** Waits until none of these processes runs. */
export const allGone = (pids: readonly number[]): Promise<true> =>
  until(async () => (await running()).every(({ pid }) => !pids.includes(pid)))

/** Every process on this machine. POSIX: ps. */
async function running(): Promise<{ pid: number; parent: number }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid='])
  return stdout
    .trim()
    .split('\n')
    .map(line => {
      const [pid = 0, parent = 0] = line.trim().split(/\s+/).map(Number)
      return { pid, parent }
    })
}

async function descendantsOf(ancestor: number): Promise<number[]> {
  const all = await running()
  const childrenOf = (pid: number): number[] =>
    all.filter(({ parent }) => parent === pid).flatMap(child => [child.pid, ...childrenOf(child.pid)])
  return childrenOf(ancestor)
}
