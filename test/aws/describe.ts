import { spawnSync } from 'node:child_process'
import { describe } from '@jest/globals'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

if (!hasPip && process.env.REQUIRE_PYTHON) {
  throw new Error('REQUIRE_PYTHON is set, but `python3 -m pip` does not run: install Python 3.10 or later.')
}
if (!hasPip)
  process.stderr.write(
    'Skipping the tests of AWS, of Kubernetes manifests and of Python consumers: they need Python 3.10 or later with pip.\n',
  )

/** `describe`; skips where Python is missing, unless REQUIRE_PYTHON is set. */
export const describeWithPython = hasPip ? describe : describe.skip
