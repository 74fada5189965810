import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { until } from './until.ts'

/**
 * Sends SIGSTOP. Resolves when each thread of the process stands still: on a busy machine a thread may still answer a
 * request after `kill` has returned. Throws if the process does not run.
 */
export async function suspend(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await until(async () => (await states(pid)).every(state => /^[TZX]/.test(state)))
}

/** Sends SIGCONT. */
export function resume(pid: number): void {
  process.kill(pid, 'SIGCONT')
}

/** The state of each thread: T is stopped. Linux: proc(5). Elsewhere the state of the process. POSIX: ps. */
async function states(pid: number): Promise<string[]> {
  if (process.platform !== 'linux')
    return [(await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)])).stdout]
  const threads = await readdir(`/proc/${pid}/task`)
  return Promise.all(
    threads.map(async thread => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => ') X')
      // The name of a thread is in parentheses, and may have some itself.
      return stat.slice(stat.lastIndexOf(')') + 2)
    }),
  )
}
