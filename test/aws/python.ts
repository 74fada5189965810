import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe } from '@jest/globals'
import { makeOnce } from '../kafka/make-once.ts'

/** What the tests of AWS are made with, from the Python Package Index. */
const versions = { ministack: '1.5.33', 'cfn-lint': '1.58.0' }

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

if (!hasPip && process.env.REQUIRE_PYTHON) {
  throw new Error(
    'REQUIRE_PYTHON is set, but `python3 -m pip` does not run: install Python 3.10 or later with pip.',
  )
}
if (!hasPip) process.stderr.write('Skipping the tests of AWS: they need Python 3.10 or later with pip.\n')

/** `describe`; skips where Python is missing, unless REQUIRE_PYTHON is set. */
export const describeWithPython = hasPip ? describe : describe.skip

/** The folder that holds a package and all it needs, for PYTHONPATH. It is fetched when it is first asked for. */
export async function pythonPackage(name: keyof typeof versions): Promise<string> {
  const folder = fileURLToPath(new URL(`../../.cache/${name}-${versions[name]}`, import.meta.url))
  const options = ['--quiet', '--no-compile', '--disable-pip-version-check', '--target']
  await makeOnce(folder, draft =>
    promisify(execFile)('python3', ['-m', 'pip', 'install', ...options, draft, `${name}==${versions[name]}`]),
  )
  return folder
}
