import { spawnSync } from 'node:child_process'
import { describeWith } from '../describe-with.ts'

/** Skips if Go is missing, unless REQUIRE_GO is set. */
export const describeWithGo = describeWith({
  name: 'Go 1.21 or later',
  works: spawnSync('go', ['version']).status === 0,
  requiredBy: 'REQUIRE_GO',
})
