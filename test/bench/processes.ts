import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** What a whole process took, from its start to its end. */
export interface Usage {
  name: string
  /** s */
  wall: number
  /** s, of all its threads, in user and system mode. */
  cpu: number
  /** MiB of resident memory at its peak. */
  peak: number
}

export interface Contender {
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** What it must have printed, so that all have done the same. */
  prints: RegExp
  /** For what else it prints. */
  onOutput?: (output: string) => void
}

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A Node process that says itself what it has used. Compiled code of runs before is at hand for all of them alike. */
export const node = (...args: string[]): Pick<Contender, 'command' | 'args'> => ({
  command: process.execPath,
  args: ['--import', here('usage.js'), ...args],
})

/** @throws Error where it fails, or does not print what it should */
export async function measure({
  name,
  command,
  args,
  env = {},
  prints,
  onOutput,
}: Contender): Promise<Usage> {
  const started = performance.now()
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('error', reject).on('exit', resolve)),
  ])
  const wall = (performance.now() - started) / 1000

  const [, usage] = /^usage (\{.*\})$/m.exec(stderr) ?? []
  if (code !== 0 || usage === undefined || !prints.test(stdout))
    throw new Error(`${name} failed with ${code}:\n${stdout.slice(-500)}\n${stderr.slice(-2000)}`)
  onOutput?.(stdout)
  return { name, wall, ...JSON.parse(usage) }
}

/** Runs each `runs` times, all of them by turns, and takes the median of each number. */
export async function alternate<Name extends string>(
  contenders: Record<Name, Contender>,
  runs: number,
): Promise<Record<Name, Usage>>
export async function alternate(contenders: Record<string, Contender>, runs: number) {
  const measured = Object.entries(contenders).map(([key, contender]) => ({
    key,
    contender,
    usages: [] as Usage[],
  }))
  for (let run = 0; run < runs; run++)
    for (const { contender, usages } of measured) usages.push(await measure(contender))

  return Object.fromEntries(
    measured.map(({ key, contender: { name }, usages }) => {
      const medianOf = (what: 'wall' | 'cpu' | 'peak') => median(usages.map(usage => usage[what]))
      return [key, { name, wall: medianOf('wall'), cpu: medianOf('cpu'), peak: medianOf('peak') }]
    }),
  )
}

export function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}
