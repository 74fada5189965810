import type { Problem } from '../../core/model/commit.ts'
import { Failure, type FailureCode } from '../../core/model/failure.ts'
import { grouped } from '../../text/count.ts'
import { visible } from '../../text/visible.ts'
import { Interrupted } from './interruption.ts'

/** Answers go to standard output; progress, warnings and errors go to standard error. */

export const print = (text: string): void => void process.stdout.write(`${text}\n`)

export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** Prints one line, even if a name in it has line breaks. */
export const printError = (message: string): void => void process.stderr.write(`${visible(message)}\n`)

/**
 * Lets a command go on if its output is lost: a restore must not end in the middle, and `run` must not stop. `| head`
 * closes the pipe early, which is no error. Any other error, such as a full disk, is reported.
 */
export function surviveLostOutput(): void {
  let isReported = false
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE' || isReported) return
    isReported = true
    printError(`cannot write to standard output (${code}): the output is not complete.`)
    endWith(3)
  })
  process.stderr.on('error', () => {})
}

export const warnOfSkipped = { onSkipped: ({ message }: Problem) => printError(message) }

/** A line with the progress of a job, which is shown on a terminal only, and removed at the end of the job. */
export function progressLine(subject: string) {
  const { stderr } = process
  const clear = () => void (stderr.isTTY && stderr.write('\r\u001b[2K'))
  return {
    show: (phase: string, done: number, total: number): void => {
      if (!stderr.isTTY) return
      clear()
      stderr.write(`${subject}: ${phase} ${grouped(done)} of ${grouped(total)}`)
    },
    [Symbol.dispose]: clear,
  }
}

/**
 * Exit codes from best to worst; the worst one wins. 0 done, 4 not complete, 1 found, 3 failed or too old, 2 usage or
 * settings.
 */
const ranks = [0, 4, 1, 3, 2]

/** Sets the exit code, unless a worse one is set. */
export function endWith(code: number): void {
  const before = Number(process.exitCode ?? 0)
  if (ranks.indexOf(code) > ranks.indexOf(before)) process.exitCode = code
}

/** `…: choose one.` becomes `…: choose one with --cluster.` */
const withFlags = ({ message, inputs }: Failure): string =>
  inputs.length === 0
    ? message
    : `${message.replace(/\.$/, '')} with ${inputs.map(input => `--${input}`).join(' and ')}.`

/**
 * Prints the error in one line.
 * @returns its exit code
 */
export function reportError(error: unknown): FailureCode {
  const isKnown = error instanceof Failure
  printError(
    isKnown
      ? withFlags(error)
      : `offset-watchdog itself failed: ${String(error)}. Please report it with the output of --debug.`,
  )
  if (process.argv.includes('--debug')) console.error(error)
  return isKnown ? error.exitCode : 3
}

/** Runs the job for each item. A failure is reported and does not stop the others; an interruption does. */
export async function forEach<T>(items: readonly T[], job: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) {
    try {
      await job(item)
    } catch (error) {
      if (error instanceof Interrupted) throw error
      endWith(reportError(error))
    }
  }
}
