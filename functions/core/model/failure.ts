/** Exit codes of the command line: 2 usage or settings, 3 failed. (0, 1 and 4 are answers, not failures.) */
export type FailureCode = 2 | 3

/**
 * What went wrong, in one sentence for a person: subject, what happened, remedy. The command line prints `message` and
 * nothing else; a Lambda logs it. `cause` keeps the original error for whoever needs it.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: FailureCode

  constructor(message: string, options: { cause?: unknown; exitCode?: FailureCode } = {}) {
    super(message, { cause: options.cause })
    this.exitCode = options.exitCode ?? 3
  }
}

/** The message of a thrown value, which may be no Error. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))
