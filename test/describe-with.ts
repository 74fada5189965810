import { describe } from '@jest/globals'

interface Tool {
  /** As in "they need Go 1.21 or later". */
  name: string
  works: boolean
  /** The environment variable that makes a missing tool an error; CI sets it. */
  requiredBy: string
  cause?: unknown
}

/**
 * `describe` for tests that need a tool. If the tool is missing, this skips the tests, or throws if the tool is
 * required.
 */
export function describeWith({ name: tool, works, requiredBy, cause }: Tool) {
  if (!works && process.env[requiredBy])
    throw new Error(`${requiredBy} is set, but the tests need ${tool}.`, { cause })

  return (name: string, tests: () => void): void => {
    if (!works) process.stderr.write(`Skipping the tests of ${name}: they need ${tool}.\n`)
    const run = works ? describe : describe.skip
    run(name, tests)
  }
}
