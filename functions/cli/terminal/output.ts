import type { Problem } from '../../core/model/commit.ts'
import { Failure, type FailureCode } from '../../core/model/failure.ts'
import { visible } from '../../text/visible.ts'
import { Interrupted } from './interruption.ts'

/** Answers go to standard output, and everything about how they came to be to standard error. */

export const print = (text: string): void => void process.stdout.write(`${text}\n`)

export const printJson = (value: unknown): void => print(JSON.stringify(value))

/** One line, whatever names it holds. */
export const printError = (message: string): void => void process.stderr.write(`${visible(message)}\n`)

export const warnOfSkipped = { onSkipped: ({ message }: Problem) => printError(message) }

/** The line that shows how far a job is; on a terminal only, and gone when the job is done. */
export function progressLine(subject: string) {
  const { stderr } = process
  const clear = () => void (stderr.isTTY && stderr.write('\r\u001b[2K'))
  return {
    show: (phase: string, done: number, total: number): void => {
      if (!stderr.isTTY) return
      clear()
      stderr.write(`${subject}: ${phase} ${done.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`)
    },
    [Symbol.dispose]: clear,
  }
}

/** Exit codes by rank: what is worse hides what is better. 3 failed or too old, 1 found, 4 not complete, 0 done. */
const ranks = [0, 4, 1, 3, 2]

/** Sets what the process will end with, unless something worse has been set. */
export function endWith(code: number): void {
  const before = Number(process.exitCode ?? 0)
  if (ranks.indexOf(code) > ranks.indexOf(before)) process.exitCode = code
}

/** `…: choose one.` becomes `…: choose one with --cluster.` */
const withFlags = ({ message, inputs }: Failure): string =>
  inputs.length === 0
    ? message
    : `${message.replace(/\.$/, '')} with ${inputs.map(input => `--${input}`).join(' and ')}.`

/** Says in one line what went wrong. @returns the exit code for it */
export function reportError(error: unknown): FailureCode {
  const isKnown = error instanceof Failure
  printError(
    isKnown
      ? withFlags(error)
      : `offset-watchdog itself failed: ${String(error)}. Please report it with what --debug adds.`,
  )
  if (process.argv.includes('--debug')) console.error(error)
  return isKnown ? error.exitCode : 3
}

/** Does it for each. Whatever fails with one is told and does not stop the others; only an interruption does. */
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
