import { spawnSync } from 'node:child_process'
import { describeWith } from '../describe-with.ts'

/** Skips where packages of Debian cannot be had, unless REQUIRE_DEBIAN is set. */
export const describeWithDebian = describeWith({
  name: 'apt-get and dpkg-deb of Debian',
  works: ['apt-get', 'dpkg-deb'].every(command => spawnSync(command, ['--version']).status === 0),
  requiredBy: 'REQUIRE_DEBIAN',
})
