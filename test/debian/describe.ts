import { spawnSync } from 'node:child_process'
import { describeWith } from '../describe-with.ts'

/** Skips if Debian packages cannot be downloaded, unless REQUIRE_DEBIAN is set. */
export const describeWithDebian = describeWith({
  name: 'apt-get and dpkg-deb of Debian',
  works: ['apt-get', 'dpkg-deb'].every(command => spawnSync(command, ['--version']).status === 0),
  requiredBy: 'REQUIRE_DEBIAN',
})
