/** Exit codes of the command line: 2 usage or settings, 3 failed. (0, 1 and 4 are answers, not failures.) */
export type FailureCode = 2 | 3

/** What a caller can give to put a failure right: an option of a command, or a parameter of a query. */
export type CallerInput = 'cluster' | 'topic' | 'partition' | `accept-cluster=${string}`

/**
 * What went wrong, in one sentence for a person: subject, what happened, remedy. The command line prints `message` and
 * nothing else but its own names of `inputs`; a Lambda logs it. `cause` keeps the original error.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: FailureCode
  /** The remedy is to give these; the caller adds how, as ` with --cluster`. */
  readonly inputs: readonly CallerInput[]

  constructor(
    message: string,
    options: { cause?: unknown; exitCode?: FailureCode; inputs?: readonly CallerInput[] } = {},
  ) {
    super(message, { cause: options.cause })
    this.exitCode = options.exitCode ?? 3
    this.inputs = options.inputs ?? []
  }
}

/** The message of a thrown value, which may be no Error. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** One error for what failed. A defect comes first, since its stack is needed. */
export function oneError(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const failures = errors.filter(error => error instanceof Failure)
  if (failures.length < errors.length) return errors.find(error => !(error instanceof Failure))
  return new Failure(failures.map(({ message }) => message).join(' '), { cause: failures[0] })
}
