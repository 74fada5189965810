import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The cost of a whole process, from its start to its end. */
export interface Usage {
  name: string
  /** s */
  wall: number
  /** s of all its threads, in user and system mode. */
  cpu: number
  /** Peak of the resident memory in MiB. */
  peak: number
}

export interface Contender {
  name: string
  command: string
  args: string[]
  env?: NodeJS.ProcessEnv
  /** The expected output, so that all contenders do the same work. */
  prints: RegExp
  /** Receives the whole output. */
  onOutput?: (output: string) => void
}

export const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** A Node process that reports its own usage. */
export const node = (...args: string[]): Pick<Contender, 'command' | 'args'> => ({
  command: process.execPath,
  args: ['--import', here('usage.js'), ...args],
})

/** @throws Error if the process fails, or does not print the expected output */
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

/** Runs each contender `runs` times, in turns, and returns the median of each number. */
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
