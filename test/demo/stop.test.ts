import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from '@jest/globals'

const program = fileURLToPath(new URL('demo.ts', import.meta.url))
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stopped-demo-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test.each<[string, NodeJS.Signals, string]>([
  ['while the broker starts', 'SIGINT', '1. A real Apache Kafka'],
  ['while the consumers start', 'SIGTERM', '2. Six consumer groups'],
  ['while it watches', 'SIGINT', 'Now report is stopped'],
])('stopped %s, by %s, it ends soon and leaves nothing', async (_, signal, line) => {
  const env = { ...process.env, TMPDIR: folder, SLACK_BOT_TOKEN: '' }
  const demo = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const said: string[] = []
  createInterface({ input: demo.stdout }).on('line', text => said.push(text.trim()))
  await until(() => said.some(text => text.startsWith(line)))
  const descendants = await descendantsOf(demo)
  expect(descendants.length).toBeGreaterThan(0)

  // A terminal sends it to the demo and to npm, which passes it on.
  demo.kill(signal)
  demo.kill(signal)
  const stoppedAt = Date.now()
  const [code] = await once(demo, 'close')

  expect(Date.now() - stoppedAt).toBeLessThan(10_000)
  expect(code).toBe(130)
  expect(said.filter(text => text.startsWith('Stopped'))).toHaveLength(1)
  await until(async () => (await running()).filter(({ pid }) => descendants.includes(pid)).length === 0)
  expect(await readdir(folder)).toEqual([])
})

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

async function descendantsOf({ pid: ancestor }: ChildProcess): Promise<number[]> {
  const all = await running()
  const childrenOf = (pid: number): number[] =>
    all.filter(({ parent }) => parent === pid).flatMap(child => [child.pid, ...childrenOf(child.pid)])
  return childrenOf(Number(ancestor))
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 100) {
    if (waited > 60_000) throw new Error('still waiting after a minute')
    await sleep(100)
  }
}
