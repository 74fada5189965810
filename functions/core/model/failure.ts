/** Exit codes of the command line: 2 usage or settings, 3 failed. (0, 1 and 4 are answers, not failures.) */
export type FailureCode = 2 | 3

/** Input that a caller can give to fix a failure: a command's option, or a query's parameter. */
export type CallerInput = 'cluster' | 'topic' | 'partition' | `accept-cluster=${string}`

/**
 * A failure that a person can act on: its message names the subject, what happened and the remedy. The command line
 * prints the message together with its own names of the `inputs`; a Lambda logs it. `cause` keeps the original error.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly exitCode: FailureCode
  /** The inputs that the remedy asks for. The caller adds how to give them, such as ` with --cluster`. */
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

/** The message of a thrown value, which may not be an Error. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A property of any value, such as the `code` of an error. In tests, Node's errors are no instances of `Error`. */
export const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

/** The code of a system error, such as ECONNRESET. */
export function codeOf(error: unknown): string | undefined {
  const code = property(error, 'code')
  return typeof code === 'string' ? code : undefined
}

/**
 * Combines the rejections into one error. An error that is not a Failure is a bug and wins, since its stack is needed.
 */
export function oneError(outcomes: readonly PromiseSettledResult<unknown>[]): unknown {
  const errors = outcomes.flatMap(outcome => (outcome.status === 'rejected' ? [outcome.reason] : []))
  const failures = errors.filter(error => error instanceof Failure)
  if (failures.length < errors.length) return errors.find(error => !(error instanceof Failure))
  return new Failure(failures.map(({ message }) => message).join(' '), { cause: failures[0] })
}
