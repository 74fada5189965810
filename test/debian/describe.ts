import { spawnSync } from 'node:child_process'
import { describe } from '@jest/globals'

const hasDebian = ['apt-get', 'dpkg-deb'].every(command => spawnSync(command, ['--version']).status === 0)

if (!hasDebian && process.env.REQUIRE_DEBIAN) {
  throw new Error('REQUIRE_DEBIAN is set, but apt-get and dpkg-deb do not run.')
}
if (!hasDebian)
  process.stderr.write(
    'Skipping the tests of Alertmanager and Prometheus: they need apt-get and dpkg-deb of Debian.\n',
  )

/** `describe`; skips where packages of Debian cannot be had, unless REQUIRE_DEBIAN is set. */
export const describeWithDebian = hasDebian ? describe : describe.skip
