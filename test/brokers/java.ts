import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { Failure } from '../../functions/core/model/failure.ts'

const installation = {
  java: 'a JDK, version 17 or later',
  javac: 'a JDK (not only a JRE), version 17 or later',
  jar: 'a JDK (not only a JRE), version 17 or later',
  mvn: 'Apache Maven',
}

type Program = keyof typeof installation

/**
 * Runs a program of the JDK or Maven to its end. Throws a Failure if it is missing or fails.
 * @param signal kills it
 */
export async function run(program: Program, args: readonly string[], signal?: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024, signal })
    return stdout
  } catch (cause) {
    throw explained(program, cause)
  }
}

function explained(program: Program, cause: unknown): Failure {
  if (!(cause instanceof Error)) return new Failure(`${program} failed.`, { cause })
  if ('code' in cause && cause.code === 'ENOENT')
    return new Failure(
      `The tests' Kafka needs ${program}, which was not found: install ${installation[program]}.`,
      {
        cause,
      },
    )

  const said = ['stderr' in cause ? cause.stderr : '', 'stdout' in cause ? cause.stdout : ''].join('\n')
  return new Failure(`${program} failed: ${said.trim() || cause.message}`, { cause })
}

export interface JavaProcess {
  readonly pid: number
  readonly stdin: ChildProcessWithoutNullStreams['stdin']
  /** The last lines of standard output and error, for the message of a failure. */
  lastLines(): string
  onLine(listener: (line: string) => void): void
  /** Resolves when the process has ended: to its exit code, or to null after a signal. */
  readonly ended: Promise<number | null>
  signal(name: 'SIGTERM' | 'SIGKILL'): void
}

/**
 * Many short-lived JVMs share a machine of two cores: small heaps, the fast compiler, and no second verification of
 * Kafka's classes, which takes a tenth of a start.
 */
const frugal = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Xshare:auto',
  '-XX:+UnlockDiagnosticVMOptions',
  '-XX:-BytecodeVerificationRemote',
]

/** Starts a JVM that runs `main`. `main` must hold a Leash, which ends the JVM with this process. */
export async function startJava(options: readonly string[], main: string, args: readonly string[]) {
  // The JVM has its own process group, so the terminal's Ctrl-C does not reach it: the process that started the JVM
  // also ends the JVM.
  const child = spawn('java', [...frugal, ...options, main, ...args], { stdio: 'pipe', detached: true })
  const lines: string[] = []
  const listeners: ((line: string) => void)[] = []

  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => {
      // Stack frames would push the reason out of the last lines.
      if (!/^\s+at |^\s+\.\.\. /.test(line)) lines.push(line)
      if (lines.length > 30) lines.shift()
      for (const listener of listeners) listener(line)
    })

  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', cause => reject(explained('java', cause)))
  })

  // `ended` reports a JVM that has just died, so a failed write needs no handling.
  child.stdin.on('error', () => {})
  const java: JavaProcess = {
    pid: child.pid ?? 0,
    stdin: child.stdin,
    lastLines: () => lines.join('\n'),
    onLine: listener => void listeners.push(listener),
    ended,
    signal: name => void child.kill(name),
  }
  return java
}
