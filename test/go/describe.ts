import { spawnSync } from 'node:child_process'
import { describe } from '@jest/globals'

const hasGo = spawnSync('go', ['version']).status === 0

if (!hasGo && process.env.REQUIRE_GO) {
  throw new Error('REQUIRE_GO is set, but `go version` does not run: install Go 1.21 or later.')
}

/** `describe`; skips where Go is missing, unless REQUIRE_GO is set. */
export function describeWithGo(name: string, tests: () => void): void {
  if (!hasGo) process.stderr.write(`Skipping the tests of ${name}: they need Go 1.21 or later.\n`)
  const run = hasGo ? describe : describe.skip
  run(name, tests)
}
