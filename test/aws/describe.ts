import { spawnSync } from 'node:child_process'
import { describeWith } from '../describe-with.ts'

/** Skips if Python is missing, unless REQUIRE_PYTHON is set. */
export const describeWithPython = describeWith({
  name: 'Python 3.10 or later with pip',
  works: spawnSync('python3', ['-c', 'import pip']).status === 0,
  requiredBy: 'REQUIRE_PYTHON',
})
